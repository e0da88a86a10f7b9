package cli

import (
	"bufio"
	"net/http"
	"slices"
	"strings"
)

// userCommands are those about users and what they may do.
var userCommands = []ctlCommand{
	{"add_user", "Users", "<username> <password>", 1, 2, nil, "Creates a new user in the internal database. This user will have no permissions for any virtual hosts by default.", (*call).addUser},
	{"authenticate_user", "Users", "<username> <password>", 1, 2, nil, "Attempts to authenticate a user. Exits with a non-zero code if authentication fails.", (*call).authenticateUser},
	{"change_password", "Users", "<username> <password>", 1, 2, nil, "Changes the user password", (*call).changePassword},
	{"delete_user", "Users", "<username>", 1, 1, nil, "Removes a user from the internal database", (*call).deleteUser},
	{"list_users", "Users", "", 0, 0, nil, "List user names and tags", (*call).listUsers},
	{"set_user_tags", "Users", "<username> <tag> [...]", 1, -1, nil, "Sets user tags", (*call).setUserTags},
	{"clear_permissions", "Access Control", "[--vhost <vhost>] <username>", 1, 1, nil, "Revokes user permissions for a vhost", (*call).clearPermissions},
	{"list_permissions", "Access Control", "[--vhost <vhost>]", 0, 0, nil, "Lists user permissions in a virtual host", (*call).listPermissions},
	{"list_user_permissions", "Access Control", "<username>", 1, 1, nil, "Lists permissions of a user across all virtual hosts", (*call).listUserPermissions},
	{"list_vhosts", "Access Control", "[<column> ...]", 0, -1, nil, "Lists virtual hosts", (*call).listVHosts},
	{"set_permissions", "Access Control", "[--vhost <vhost>] <username> <conf> <write> <read>", 4, 4, nil, "Sets user permissions for a vhost", (*call).setPermissions},
}

// user asks for a user; nil if there is none.
func (c *call) user(name string) (row, int) {
	got, code := c.ask(http.MethodGet, at("users", name), nil)
	if code != 0 {
		if got.status == http.StatusNotFound {
			return nil, 0
		}
		return nil, code
	}
	rows, err := got.rows()
	if err != nil || len(rows) == 0 {
		return nil, c.went(exitUnavailable, "%v", err)
	}
	return rows[0], 0
}

// password is the second argument or, without one, a line of the input.
func (c *call) password(args []string) (string, bool) {
	if len(args) > 1 {
		return args[1], true
	}
	c.print("Password: ")
	in := bufio.NewScanner(c.io.In)
	if in.Scan() && in.Text() != "" {
		return in.Text(), true
	}
	c.print("\n")
	c.fail("Error:\nPassword is not provided via argument or stdin")
	return "", false
}

func (c *call) addUser(args []string) int {
	c.tell("Adding user %q ...", args[0])
	password, ok := c.password(args)
	if !ok {
		return exitData
	}
	there, code := c.user(args[0])
	if code != 0 {
		return code
	}
	if there != nil {
		return c.went(exitSoftware, "User %q already exists", args[0])
	}
	if _, code := c.ask(http.MethodPut, at("users", args[0]), row{"password": password, "tags": ""}); code != 0 {
		return code
	}
	c.tell("Done. Don't forget to grant the user permissions to some virtual hosts! See 'rabbitmqctl help set_permissions' to learn more.")
	return 0
}

// noUser says that a user does not exist.
func (c *call) noUser(name string) int {
	return c.went(exitNoUser, "User %q does not exist", name)
}

// authenticateUser logs in as the user does.
func (c *call) authenticateUser(args []string) int {
	c.tell("Authenticating user %q ...", args[0])
	password, ok := c.password(args)
	if !ok {
		return exitData
	}
	as := *c.api
	as.cookie, as.user, as.password = "", args[0], password
	got, err := as.do(http.MethodGet, "/whoami", nil)
	if err != nil {
		_, code := c.ask(http.MethodGet, "/whoami", nil)
		return code
	}
	if got.status == http.StatusUnauthorized && got.reason() == "Login failed" {
		return c.went(exitData, "Error: failed to authenticate user %q\nuser '%s' - invalid credentials", args[0], args[0])
	}
	c.tell("Success")
	return 0
}

func (c *call) changePassword(args []string) int {
	c.tell("Changing password for user %q ...", args[0])
	password, ok := c.password(args)
	if !ok {
		return exitData
	}
	there, code := c.user(args[0])
	switch {
	case code != 0:
		return code
	case there == nil:
		return c.noUser(args[0])
	}
	_, code = c.ask(http.MethodPut, at("users", args[0]), row{"password": password, "tags": there["tags"]})
	return code
}

func (c *call) deleteUser(args []string) int {
	c.tell("Deleting user %q ...", args[0])
	got, code := c.ask(http.MethodDelete, at("users", args[0]), nil)
	if got.status == http.StatusNotFound {
		return c.noUser(args[0])
	}
	return code
}

// setUserTags gives a user tags; the password stays, told by its hash.
func (c *call) setUserTags(args []string) int {
	tags := args[1:]
	c.tell("Setting tags for user %q to [%s] ...", args[0], strings.Join(tags, ", "))
	there, code := c.user(args[0])
	switch {
	case code != 0:
		return code
	case there == nil:
		return c.noUser(args[0])
	}
	_, code = c.ask(http.MethodPut, at("users", args[0]), row{"password_hash": there["password_hash"], "tags": append([]string{}, tags...)})
	return code
}

func (c *call) listUsers([]string) int {
	c.tell("Listing users ...")
	got, code := c.ask(http.MethodGet, "/users", nil)
	if code != 0 {
		return code
	}
	return c.printRows(got, []string{"user", "tags"}, func(r row) row { return row{"user": r["name"], "tags": r["tags"]} })
}

func (c *call) setPermissions(args []string) int {
	user, vhost := args[0], c.vhost()
	c.tell("Setting permissions for user %q in vhost %q ...", user, vhost)
	if code := c.bothThere(user, vhost); code != 0 {
		return code
	}
	got, err := c.api.do(http.MethodPut, at("permissions", vhost, user), row{"configure": args[1], "write": args[2], "read": args[3]})
	switch {
	case err != nil:
		return c.went(exitUnavailable, "%s", unreachable(err))
	case got.failed():
		return c.went(exitUnavailable, "{:invalid_regexp, %s}", got.reason())
	}
	return 0
}

// bothThere says which of a user and a virtual host does not exist.
func (c *call) bothThere(user, vhost string) int {
	there, code := c.user(user)
	switch {
	case code != 0:
		return code
	case there == nil:
		return c.went(exitNoUser, "User %s does not exist", user)
	}
	got, code := c.ask(http.MethodGet, at("vhosts", vhost), nil)
	if got.status == http.StatusNotFound {
		return c.went(exitUnavailable, "Virtual host %s does not exist", vhost)
	}
	return code
}

func (c *call) clearPermissions(args []string) int {
	user, vhost := args[0], c.vhost()
	c.tell("Clearing permissions for user %q in vhost %q ...", user, vhost)
	if code := c.bothThere(user, vhost); code != 0 {
		return code
	}
	got, code := c.ask(http.MethodDelete, at("permissions", vhost, user), nil)
	if got.status == http.StatusNotFound {
		return 0 // there were none
	}
	return code
}

// permissions asks for what the fitting permissions are.
func (c *call) permissions(columns []string, fits func(row) bool) int {
	got, code := c.ask(http.MethodGet, "/permissions", nil)
	if code != 0 {
		return code
	}
	rows, err := got.rows()
	if err != nil {
		return c.went(exitUnavailable, "%v", err)
	}
	return c.printTable(columns, slices.DeleteFunc(rows, func(r row) bool { return !fits(r) }))
}

func (c *call) listPermissions([]string) int {
	vhost := c.vhost()
	c.tell("Listing permissions for vhost %q ...", vhost)
	if code := c.vhostThere(vhost); code != 0 {
		return code
	}
	return c.permissions([]string{"user", "configure", "write", "read"}, func(r row) bool { return text(r, "vhost") == vhost })
}

// vhostThere says so when there is no such virtual host.
func (c *call) vhostThere(vhost string) int {
	got, code := c.ask(http.MethodGet, at("vhosts", vhost), nil)
	if got.status == http.StatusNotFound {
		c.fail("Virtual host '%s' does not exist", vhost)
		return exitData
	}
	return code
}

func (c *call) listUserPermissions(args []string) int {
	c.tell("Listing permissions for user %q ...", args[0])
	there, code := c.user(args[0])
	switch {
	case code != 0:
		return code
	case there == nil:
		return c.went(exitUnavailable, "{:no_such_user, %q}", args[0])
	}
	return c.permissions([]string{"vhost", "configure", "write", "read"}, func(r row) bool { return text(r, "user") == args[0] })
}
