-- What was sent through links that expired long ago is found by when that was.
create index link_in_time on link (expires_at);
