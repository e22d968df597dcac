-- How often things of each kind have changed, counted by triggers in the transaction of each change, so that no way of writing can forget it.
CREATE TABLE generations (
    kind TEXT NOT NULL PRIMARY KEY,
    generation BIGINT NOT NULL
);

INSERT INTO generations (kind, generation) VALUES ('access', 1), ('prompts', 1);

-- Raises the generation that the trigger's argument names. It runs when a transaction commits: the lock that all of a kind need is then taken last,
-- so that no two wait for each other, and for the shortest time.
CREATE FUNCTION count_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE generations SET generation = generation + 1 WHERE kind = TG_ARGV[0];
    RETURN NULL;
END
$$;

-- last_used_at is not among these: using a key changes nothing that is kept.
CREATE CONSTRAINT TRIGGER api_keys_changes_access AFTER INSERT OR DELETE OR UPDATE OF kind, user_id, label, mask_value, secure_value, scopes, scoped_projects, scoped_organizations, expires_at ON api_keys
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION count_change('access');
CREATE CONSTRAINT TRIGGER users_changes_access AFTER INSERT OR DELETE OR UPDATE ON users
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION count_change('access');
CREATE CONSTRAINT TRIGGER memberships_changes_access AFTER INSERT OR DELETE OR UPDATE ON memberships
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION count_change('access');
CREATE CONSTRAINT TRIGGER organizations_changes_access AFTER INSERT OR DELETE OR UPDATE ON organizations
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION count_change('access');
CREATE CONSTRAINT TRIGGER projects_changes_access AFTER INSERT OR DELETE OR UPDATE ON projects
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION count_change('access');
