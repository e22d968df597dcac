-- How often things of each kind have changed, counted by triggers in the transaction of each change, so that no way of writing can forget it.
CREATE TABLE generations (
    kind TEXT NOT NULL PRIMARY KEY,
    generation BIGINT NOT NULL
);

INSERT INTO generations (kind, generation) VALUES ('access', 1), ('prompts', 1);

-- last_used_at is not among these: using a key changes nothing that is kept.
CREATE TRIGGER api_keys_insert_changes_access AFTER INSERT ON api_keys BEGIN
    UPDATE generations SET generation = generation + 1 WHERE kind = 'access';
END;
CREATE TRIGGER api_keys_update_changes_access AFTER UPDATE OF kind, user_id, label, mask_value, secure_value, scopes, scoped_projects, scoped_organizations, expires_at ON api_keys BEGIN
    UPDATE generations SET generation = generation + 1 WHERE kind = 'access';
END;
CREATE TRIGGER api_keys_delete_changes_access AFTER DELETE ON api_keys BEGIN
    UPDATE generations SET generation = generation + 1 WHERE kind = 'access';
END;
CREATE TRIGGER users_insert_changes_access AFTER INSERT ON users BEGIN
    UPDATE generations SET generation = generation + 1 WHERE kind = 'access';
END;
CREATE TRIGGER users_update_changes_access AFTER UPDATE ON users BEGIN
    UPDATE generations SET generation = generation + 1 WHERE kind = 'access';
END;
CREATE TRIGGER users_delete_changes_access AFTER DELETE ON users BEGIN
    UPDATE generations SET generation = generation + 1 WHERE kind = 'access';
END;
CREATE TRIGGER memberships_insert_changes_access AFTER INSERT ON memberships BEGIN
    UPDATE generations SET generation = generation + 1 WHERE kind = 'access';
END;
CREATE TRIGGER memberships_update_changes_access AFTER UPDATE ON memberships BEGIN
    UPDATE generations SET generation = generation + 1 WHERE kind = 'access';
END;
CREATE TRIGGER memberships_delete_changes_access AFTER DELETE ON memberships BEGIN
    UPDATE generations SET generation = generation + 1 WHERE kind = 'access';
END;
CREATE TRIGGER organizations_insert_changes_access AFTER INSERT ON organizations BEGIN
    UPDATE generations SET generation = generation + 1 WHERE kind = 'access';
END;
CREATE TRIGGER organizations_update_changes_access AFTER UPDATE ON organizations BEGIN
    UPDATE generations SET generation = generation + 1 WHERE kind = 'access';
END;
CREATE TRIGGER organizations_delete_changes_access AFTER DELETE ON organizations BEGIN
    UPDATE generations SET generation = generation + 1 WHERE kind = 'access';
END;
CREATE TRIGGER projects_insert_changes_access AFTER INSERT ON projects BEGIN
    UPDATE generations SET generation = generation + 1 WHERE kind = 'access';
END;
CREATE TRIGGER projects_update_changes_access AFTER UPDATE ON projects BEGIN
    UPDATE generations SET generation = generation + 1 WHERE kind = 'access';
END;
CREATE TRIGGER projects_delete_changes_access AFTER DELETE ON projects BEGIN
    UPDATE generations SET generation = generation + 1 WHERE kind = 'access';
END;
