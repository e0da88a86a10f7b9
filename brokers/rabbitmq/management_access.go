package rabbitmq

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// Who there is and who may enter where: virtual hosts, users and their permissions are changed here.

// putVHost makes a virtual host that its maker may enter.
func (r *request) putVHost() (int, any) {
	if _, bad := r.read(); bad != nil {
		return http.StatusBadRequest, bad
	}
	name := r.PathValue("name")
	before := r.b.node.VHost(name)
	if _, err := r.b.node.AddVHost(name); err != nil {
		return refuse(err)
	}
	if before == nil && !r.node {
		if err := r.b.node.Permit(r.user.Name, name, ".*", ".*", ".*"); err != nil {
			return refuse(err)
		}
	}
	return done(before == nil)
}

// deleteVHost deletes a virtual host, and ends the connections to it.
func (r *request) deleteVHost() (int, any) {
	name := r.PathValue("name")
	if v := r.b.node.VHost(name); v != nil && name != "/" {
		for _, c := range r.b.inOrder() {
			if c.model.VHostName() == name {
				c.forceOut("vhost '" + name + "' is deleted")
				_ = c.nc.SetReadDeadline(time.Now().Add(goodbyeTime))
			}
		}
	}
	there, err := r.b.node.DeleteVHost(name)
	switch {
	case !there:
		return http.StatusNotFound, notFound
	case err != nil:
		return refuse(err)
	}
	return done(false)
}

// putUser makes a user, or changes the password and tags of one.
func (r *request) putUser() (int, any) {
	f, bad := r.read()
	if bad != nil {
		return http.StatusBadRequest, bad
	}
	tags, err := f.tags()
	if err != nil {
		return refuse(err)
	}
	name := r.PathValue("name")
	_, before := r.b.node.User(name)
	if err := r.setUser(name, f, tags); err != nil {
		return refuse(err)
	}
	return done(!before)
}

// tags reads those of a user: a list, or words between commas.
func (f form) tags() (tags []string, err error) {
	switch given := f["tags"].(type) {
	case string:
		for tag := range strings.SplitSeq(given, ",") {
			if tag = strings.TrimSpace(tag); tag != "" {
				tags = append(tags, tag)
			}
		}
	case []any:
		for _, tag := range given {
			tags = append(tags, fmt.Sprint(tag))
		}
	default:
		return nil, errors.New("tags_not_present")
	}
	return tags, nil
}

// setUser makes a user or changes one.
func (r *request) setUser(name string, f form, tags []string) (err error) {
	if hash := f.text("password_hash"); hash != "" {
		err = r.b.node.AddUserHashed(name, hash)
	} else {
		err = r.b.node.AddUser(name, f.text("password"))
	}
	if err == nil {
		r.b.node.Tag(name, tags...)
	}
	return err
}

func (r *request) deleteUser() (int, any) {
	if !r.b.node.DeleteUser(r.PathValue("name")) {
		return http.StatusNotFound, notFound
	}
	return done(false)
}

func (r *request) putPermission() (int, any) {
	f, bad := r.read("configure", "write", "read")
	if bad != nil {
		return http.StatusBadRequest, bad
	}
	user, vhost := r.PathValue("user"), r.PathValue("vhost")
	if _, ok := r.b.node.User(user); !ok || r.b.node.VHost(vhost) == nil {
		return refuse(errors.New("vhost_or_user_not_found"))
	}
	before := r.b.node.MayEnter(user, vhost)
	if err := r.b.node.Permit(user, vhost, f.text("configure"), f.text("write"), f.text("read")); err != nil {
		return refuse(err)
	}
	return done(!before)
}

func (r *request) deletePermission() (int, any) {
	if !r.b.node.Forbid(r.PathValue("user"), r.PathValue("vhost")) {
		return http.StatusNotFound, notFound
	}
	return done(false)
}
