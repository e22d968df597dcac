DROP TRIGGER api_keys_changes_access ON api_keys;
DROP TRIGGER users_changes_access ON users;
DROP TRIGGER memberships_changes_access ON memberships;
DROP TRIGGER organizations_changes_access ON organizations;
DROP TRIGGER projects_changes_access ON projects;
DROP FUNCTION count_change();
DROP TABLE generations;
