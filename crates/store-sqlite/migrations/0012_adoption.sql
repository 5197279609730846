-- Tables that hold something of a tenant's are found in the schema: those that have a column tenant_id. The store guards
-- each against writes for a tenant that is closed when it opens, and erases its rows with the tenant (src/deletion.rs).
SELECT 1;
