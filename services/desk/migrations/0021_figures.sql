-- Figures that are counted every minute, so that looking at them costs nothing at any size.

create table figures_counted (
    only_one boolean primary key constraint there_is_only_one check (only_one),
    counted_at timestamptz not null
);
comment on table figures_counted is 'When the figures were last counted.';

create table barrier_month (
    category text not null,
    month date not null,
    stated bigint not null,
    answered bigint not null,
    eased bigint not null,
    primary key (category, month)
);
comment on table barrier_month is 'How many barriers of a kind were stated, answered and eased in each month; empty: not coded yet.';

create table barrier_standing (
    category text primary key,
    open bigint not null,
    eased bigint not null,
    persisting bigint not null,
    withdrawn bigint not null
);
comment on table barrier_standing is 'How many barriers of a kind stand where.';

create table barrier_unmet (
    area text not null,
    category text not null,
    number bigint not null,
    primary key (area, category)
);
comment on table barrier_unmet is 'How many open barriers of a kind have no service in a place; the place is the area of a postcode.';
