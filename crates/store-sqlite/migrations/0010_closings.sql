-- Workspaces that are being closed, and those that were: what is left of them for ever.

CREATE TABLE closings (
    tenant_id BLOB    NOT NULL PRIMARY KEY,
    saga_id   BLOB    NOT NULL,
    since     INTEGER NOT NULL,
    -- Null as long as it can be taken back.
    closed_at INTEGER
) STRICT, WITHOUT ROWID;

-- What a workspace held, for its admins to fetch until it is erased.
CREATE TABLE exports (
    tenant_id BLOB    NOT NULL,
    saga_id   BLOB    NOT NULL,
    part      INTEGER NOT NULL,
    last_seq  INTEGER NOT NULL,
    lines     TEXT    NOT NULL,
    PRIMARY KEY (tenant_id, saga_id, part)
) STRICT;

-- Whoever comes late writes nothing for a workspace that is closed. `streams`, `tenants`, `memberships`, `events` and
-- `personal_values` are written by appends alone, which look for themselves.
CREATE TRIGGER answers_of_closed BEFORE INSERT ON answers
    WHEN EXISTS (SELECT 1 FROM closings WHERE tenant_id = NEW.tenant_id AND closed_at IS NOT NULL)
BEGIN SELECT RAISE (IGNORE); END;
CREATE TRIGGER inbox_of_closed BEFORE INSERT ON inbox
    WHEN EXISTS (SELECT 1 FROM closings WHERE tenant_id = NEW.tenant_id AND closed_at IS NOT NULL)
BEGIN SELECT RAISE (IGNORE); END;
CREATE TRIGGER snapshots_of_closed BEFORE INSERT ON snapshots
    WHEN EXISTS (SELECT 1 FROM closings WHERE tenant_id = NEW.tenant_id AND closed_at IS NOT NULL)
BEGIN SELECT RAISE (IGNORE); END;
CREATE TRIGGER notifications_of_closed BEFORE INSERT ON notifications
    WHEN EXISTS (SELECT 1 FROM closings WHERE tenant_id = NEW.tenant_id AND closed_at IS NOT NULL)
BEGIN SELECT RAISE (IGNORE); END;
CREATE TRIGGER notification_preferences_of_closed BEFORE INSERT ON notification_preferences
    WHEN EXISTS (SELECT 1 FROM closings WHERE tenant_id = NEW.tenant_id AND closed_at IS NOT NULL)
BEGIN SELECT RAISE (IGNORE); END;
CREATE TRIGGER webhook_endpoints_of_closed BEFORE INSERT ON webhook_endpoints
    WHEN EXISTS (SELECT 1 FROM closings WHERE tenant_id = NEW.tenant_id AND closed_at IS NOT NULL)
BEGIN SELECT RAISE (IGNORE); END;
CREATE TRIGGER webhook_deliveries_of_closed BEFORE INSERT ON webhook_deliveries
    WHEN EXISTS (SELECT 1 FROM closings WHERE tenant_id = NEW.tenant_id AND closed_at IS NOT NULL)
BEGIN SELECT RAISE (IGNORE); END;
CREATE TRIGGER sagas_of_closed BEFORE INSERT ON sagas
    WHEN EXISTS (SELECT 1 FROM closings WHERE tenant_id = NEW.tenant_id AND closed_at IS NOT NULL)
BEGIN SELECT RAISE (IGNORE); END;
CREATE TRIGGER exports_of_closed BEFORE INSERT ON exports
    WHEN EXISTS (SELECT 1 FROM closings WHERE tenant_id = NEW.tenant_id AND closed_at IS NOT NULL)
BEGIN SELECT RAISE (IGNORE); END;

-- Entries of the audit store go with their workspace, and never otherwise.
DROP TRIGGER audit_entries_stay;
CREATE TRIGGER audit_entries_stay BEFORE DELETE ON audit_entries
    WHEN NOT EXISTS (SELECT 1 FROM closings
                     WHERE closed_at IS NOT NULL AND OLD.stream LIKE 'tenant/%'
                       AND tenant_id = unhex(substr(OLD.stream, 8), '-'))
BEGIN
    SELECT RAISE (ABORT, 'the audit store is only added to');
END;
CREATE TRIGGER audit_entries_of_closed BEFORE INSERT ON audit_entries
    WHEN NEW.stream LIKE 'tenant/%'
     AND EXISTS (SELECT 1 FROM closings
                 WHERE closed_at IS NOT NULL AND tenant_id = unhex(substr(NEW.stream, 8), '-'))
BEGIN
    SELECT RAISE (IGNORE);
END;
