-- Who may do what in Foothold's database. Run as a superuser, in the database itself; can be run again at
-- any time. Passwords are set by whatever runs the system (deploy/local, the Compose file, an operator).
--
--   foothold_owner      owns every schema and runs the migrations; no service ever connects with it
--   foothold_<service>  one per service: reaches its own schema only, and owns nothing
--
-- A service may read and write rows wherever its schema has a table, and nothing else anywhere. Where a table
-- must stay append-only (the event history, ledgers), the migration that creates it takes the rights to change
-- and delete away again.

-- Roles belong to the whole server, and CREATE ROLE knows no IF NOT EXISTS.
DO $$
DECLARE
    role_name text;
BEGIN
    FOREACH role_name IN ARRAY ARRAY[
        'foothold_owner', 'foothold_intake', 'foothold_barriers', 'foothold_navigation', 'foothold_reminders',
        'foothold_desk'
    ] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role_name) THEN
            EXECUTE format('CREATE ROLE %I', role_name);
        END IF;
        EXECUTE format(
            'ALTER ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS', role_name
        );
    END LOOP;
END
$$;

-- Nobody is here by default.
REVOKE ALL ON SCHEMA public FROM PUBLIC;
DO $$
BEGIN
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format(
        'GRANT CONNECT ON DATABASE %I TO '
        'foothold_owner, foothold_intake, foothold_barriers, foothold_navigation, foothold_reminders, '
        'foothold_desk',
        current_database()
    );
END
$$;
ALTER DEFAULT PRIVILEGES FOR ROLE foothold_owner REVOKE EXECUTE ON ROUTINES FROM PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE foothold_owner REVOKE USAGE ON TYPES FROM PUBLIC;

-- Each service in its own schema.
DO $$
DECLARE
    service text;
    role_name text;
BEGIN
    FOREACH service IN ARRAY ARRAY['intake', 'barriers', 'navigation', 'reminders', 'desk'] LOOP
        role_name := 'foothold_' || service;
        EXECUTE format('CREATE SCHEMA IF NOT EXISTS %I AUTHORIZATION foothold_owner', service);
        EXECUTE format('REVOKE ALL ON SCHEMA %I FROM PUBLIC', service);
        EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', service, role_name);
        EXECUTE format('ALTER ROLE %I SET search_path = %I', role_name, service);
        EXECUTE format(
            'ALTER DEFAULT PRIVILEGES FOR ROLE foothold_owner IN SCHEMA %I '
            'GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO %I', service, role_name
        );
        EXECUTE format(
            'ALTER DEFAULT PRIVILEGES FOR ROLE foothold_owner IN SCHEMA %I '
            'GRANT USAGE, SELECT ON SEQUENCES TO %I', service, role_name
        );
        EXECUTE format(
            'ALTER DEFAULT PRIVILEGES FOR ROLE foothold_owner IN SCHEMA %I '
            'GRANT EXECUTE ON ROUTINES TO %I', service, role_name
        );
        EXECUTE format(
            'ALTER DEFAULT PRIVILEGES FOR ROLE foothold_owner IN SCHEMA %I '
            'GRANT USAGE ON TYPES TO %I', service, role_name
        );
    END LOOP;
END
$$;
