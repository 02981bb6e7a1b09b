package route

import (
	"fmt"
	"strings"
)

// noise adds what traffic of an API has besides: files of its site, probes, requests that were
// refused, repeated or preflighted. visited are true templates with their paths.
func (a *api) noise(visited [][2]string) {
	for range 6 {
		v := pick(a, visited...)
		a.call("GET", v[0], v[1], pick(a, 401, 403, 429, 500, 502), object{"message", "x", "code", a.id(styleSmall)})
		a.exchanges = append(a.exchanges, &Exchange{Method: "OPTIONS", Path: v[1], Status: 204})
	}
	for _, p := range []string{"/favicon.ico", "/robots.txt", "/static/js/main." + a.hex(8) + ".js", "/static/css/main." + a.hex(8) + ".css"} {
		a.exchanges = append(a.exchanges, &Exchange{Method: "GET", Path: p, Status: pick(a, 200, 404), HasBody: true})
	}
	for range 3 {
		v := pick(a, visited...)
		i := strings.LastIndexByte(v[1], '/')
		a.exchanges = append(a.exchanges, &Exchange{Method: "GET", Path: v[1][:i] + "/" + pick(a, "missing", "nope", "0", "undefined"), Status: 404})
	}
}

// hex returns n hexadecimal digits.
func (a *api) hex(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = "0123456789abcdef"[a.r.IntN(16)]
	}
	return string(b)
}

// caller adds exchanges and remembers them for noise.
type caller struct {
	*api
	visited [][2]string
}

func (c *caller) do(method, template, path string, status int, body any) {
	c.visited = append(c.visited, [2]string{template, path})
	c.call(method, template, path, status, body)
}

// forgeDialect hosts repositories: owners and names, branches and files with slashes, numbers of
// issues, and an administration whose nouns stand where others have ids.
func forgeDialect(a *api) {
	c := &caller{api: a}
	owners := []string{a.name(), a.name(), a.word(2), a.word(3)}
	user := func(login string) object {
		return object{"id", a.id(styleSmall), "login", login, "full_name", "", "avatar_url", "https://forge.example/avatars/" + a.hex(32)}
	}
	type repo struct{ owner, name string }
	var repos []repo
	for range 9 {
		repos = append(repos, repo{pick(a, owners...), pick(a, a.name(), a.word(2), a.word(2)+"-"+a.word(1), a.word(1)+".js")})
	}
	dirs := a.folders()
	for range 260 {
		r := pick(a, repos...)
		at, atT := "/api/v1/repos/"+r.owner+"/"+r.name, "/api/v1/repos/{owner}/{repo}"
		body := object{"id", a.id(styleSmall), "owner", user(r.owner), "name", r.name, "full_name", r.owner + "/" + r.name,
			"html_url", "https://forge.example/" + r.owner + "/" + r.name, "default_branch", "main"}
		n := a.id(styleSmall)
		issue := object{"id", a.id(styleInt), "number", n, "title", a.name(), "user", user(pick(a, owners...)), "state", "open"}
		switch a.r.IntN(20) {
		case 0, 1:
			c.do(pick(a, "GET", "GET", "PATCH", "DELETE"), atT, at, 200, body)
		case 2:
			c.do("GET", atT+"/issues", at+"/issues", 200, []object{issue})
		case 3:
			c.do("POST", atT+"/issues", at+"/issues", 201, issue)
		case 4, 5:
			c.do(pick(a, "GET", "PATCH"), atT+"/issues/{index}", at+"/issues/"+n, 200, issue)
		case 6:
			c.do(pick(a, "GET", "POST"), atT+"/issues/{index}/comments", at+"/issues/"+n+"/comments", 200, []object{{"id", a.id(styleInt), "body", "x"}})
		case 7:
			c.do("DELETE", atT+"/issues/{index}/labels/{id}", at+"/issues/"+n+"/labels/"+a.id(styleSmall), 204, nil)
		case 8:
			b := pick(a, "main", "develop", "release-1.2", a.word(2))
			c.do("GET", atT+"/branches/{branch}", at+"/branches/"+b, 200, object{"name", b, "commit", object{"id", a.hex(40)}, "protected", "false"})
		case 9:
			c.do("GET", atT+"/branches", at+"/branches", 200, []object{{"name", "main", "commit", object{"id", a.hex(40)}}})
		case 10, 11:
			f := a.file(dirs)
			c.do(pick(a, "GET", "PUT", "POST"), atT+"/contents/{path}", at+"/contents/"+f, 200,
				object{"name", f[strings.LastIndexByte(f, '/')+1:], "path", f, "sha", a.hex(40), "type", "file"})
		case 12:
			w := pick(a, owners...)
			c.do(pick(a, "GET", "PUT", "DELETE"), atT+"/collaborators/{collaborator}", at+"/collaborators/"+w, 204, nil)
		case 13:
			w := pick(a, "subscription", "topics", "languages", "tags", "releases/latest", "forks")
			c.do("GET", atT+"/"+w, at+"/"+w, 200, object{w, "x", "ok", "true"})
		case 14:
			s := a.hex(40)
			c.do("GET", atT+"/git/commits/{sha}", at+"/git/commits/"+s, 200, object{"sha", s, "message", "x"})
		case 15:
			t := pick(a, "v1.0.0", "v0.2.1", "nightly", "v2.0.0-rc1")
			c.do("GET", atT+"/releases/tags/{tag}", at+"/releases/tags/"+t, 200, object{"id", a.id(styleSmall), "tag_name", t, "name", "x"})
		case 16:
			w := pick(a, owners...)
			c.do("GET", "/api/v1/users/{username}", "/api/v1/users/"+w, 200, user(w))
		case 17:
			w, x := pick(a, owners...), pick(a, "repos", "followers", "starred", "heatmap")
			c.do("GET", "/api/v1/users/{username}/"+x, "/api/v1/users/"+w+"/"+x, 200, []object{body})
		case 18:
			w := pick(a, owners...)
			x := pick(a, "", "/teams", "/members", "/repos")
			c.do("GET", "/api/v1/orgs/{org}"+x, "/api/v1/orgs/"+w+x, 200, object{"id", "1", "username", w, "full_name", "x"})
		case 19:
			w := pick(a, "user", "user/repos", "user/keys", "user/settings", "admin/orgs", "admin/users", "admin/cron", "admin/unadopted",
				"repos/search", "topics/search", "version", "settings/ui", "settings/api", "notifications", "notifications/new", "markdown")
			c.do("GET", "/api/v1/"+w, "/api/v1/"+w, 200, object{w, "x", "new", "1"})
		}
	}
	a.noise(c.visited)
}

// realmsDialect manages identities: realms by name, clients by UUID, roles by name, subresources
// deep below, and the endpoints of OAuth.
func realmsDialect(a *api) {
	c := &caller{api: a}
	realms := []string{"master", a.name(), a.word(2)}
	var clients, users, groups []string
	for range 8 {
		clients, users, groups = append(clients, a.id(styleUUID)), append(users, a.id(styleUUID)), append(groups, a.id(styleUUID))
	}
	roles := []string{"admin", "offline_access", "uma_authorization", "default-roles-" + realms[1], "manager", a.word(2)}
	role := func(name string) object {
		return object{"id", a.id(styleUUID), "name", name, "composite", "false", "clientRole", "true", "containerId", pick(a, clients...)}
	}
	for range 240 {
		r := pick(a, realms...)
		at, atT := "/admin/realms/"+r, "/admin/realms/{realm}"
		cl, u, g, ro := pick(a, clients...), pick(a, users...), pick(a, groups...), pick(a, roles...)
		switch a.r.IntN(17) {
		case 0:
			c.do(pick(a, "GET", "PUT"), atT, at, 200, object{"id", r, "realm", r, "displayName", "x", "enabled", "true"})
		case 1:
			c.do("GET", atT+"/clients", at+"/clients", 200, []object{{"id", cl, "clientId", a.name(), "enabled", "true"}})
		case 2:
			c.do(pick(a, "GET", "PUT"), atT+"/clients/{id}", at+"/clients/"+cl, 200, object{"id", cl, "clientId", a.name(), "enabled", "true"})
		case 3, 4:
			c.do(pick(a, "GET", "PUT", "DELETE"), atT+"/clients/{id}/roles/{role}", at+"/clients/"+cl+"/roles/"+ro, 200, role(ro))
		case 5:
			c.do(pick(a, "GET", "POST"), atT+"/clients/{id}/roles/{role}/composites", at+"/clients/"+cl+"/roles/"+ro+"/composites", 200, []object{role("x")})
		case 6:
			x := pick(a, "client-secret", "service-account-user", "default-client-scopes", "installation/providers/x")
			x, _, _ = strings.Cut(x, "/installation")
			c.do("GET", atT+"/clients/{id}/"+x, at+"/clients/"+cl+"/"+x, 200, object{"type", "secret", x, "y"})
		case 7:
			c.do("GET", atT+"/users", at+"/users", 200, []object{{"id", u, "username", a.name(), "email", "x"}})
		case 8:
			c.do(pick(a, "GET", "PUT", "DELETE"), atT+"/users/{user}", at+"/users/"+u, 200, object{"id", u, "username", a.name(), "email", "x"})
		case 9:
			x := pick(a, "groups", "sessions", "credentials", "role-mappings", "role-mappings/realm", "role-mappings/realm/available")
			c.do("GET", atT+"/users/{user}/"+x, at+"/users/"+u+"/"+x, 200, []object{{"id", a.id(styleUUID), x, "y"}})
		case 10:
			x := pick(a, "logout", "send-verify-email")
			c.do("POST", atT+"/users/{user}/"+x, at+"/users/"+u+"/"+x, 204, nil)
		case 11:
			c.do(pick(a, "PUT", "DELETE"), atT+"/users/{user}/groups/{group}", at+"/users/"+u+"/groups/"+g, 204, nil)
		case 12:
			c.do(pick(a, "GET", "POST"), atT+"/users/{user}/role-mappings/clients/{id}", at+"/users/"+u+"/role-mappings/clients/"+cl, 200, []object{role(ro)})
		case 13:
			c.do(pick(a, "GET", "DELETE"), atT+"/roles/{role}", at+"/roles/"+ro, 200, role(ro))
		case 14:
			x := pick(a, "token", "auth", "userinfo", "logout", "certs", "token/introspect")
			c.do(pick(a, "GET", "POST"), "/realms/{realm}/protocol/openid-connect/"+x, "/realms/"+r+"/protocol/openid-connect/"+x, 200, object{x, "y", "scope", "z"})
		case 15:
			c.do("GET", "/realms/{realm}/.well-known/openid-configuration", "/realms/"+r+"/.well-known/openid-configuration", 200, object{"issuer", "x"})
		case 16:
			x := pick(a, "groups", "roles", "events", "admin-events", "events/config", "users/count", "authentication/flows",
				"authentication/required-actions", "identity-provider/instances", "client-scopes", "keys")
			c.do("GET", atT+"/"+x, at+"/"+x, 200, []object{{"id", a.id(styleUUID), x, "y"}})
		}
	}
	for _, p := range []string{"admin/realms", "admin/serverinfo"} {
		c.do("GET", "/"+p, "/"+p, 200, []object{{"id", "master", "realm", "master"}, {"id", realms[1], "realm", realms[1]}})
	}
	a.noise(c.visited)
}

// discoveryDialect has services and nodes by name, checks by text with colons, and keys with slashes.
func discoveryDialect(a *api) {
	c := &caller{api: a}
	services := []string{"web", "api", "redis", "postgres", a.word(2), a.word(2) + "-" + a.word(1), "vault"}
	nodes := []string{a.word(2) + "-1", a.word(2) + "-2", "ip-10-0-1-23", "node1"}
	dirs := []string{"config/" + a.word(2) + "/", "feature/flags/", "app/", a.word(2) + "/" + a.word(1) + "/locks/"}
	for range 220 {
		s, n, k := pick(a, services...), pick(a, nodes...), pick(a, dirs...)+pick(a, a.word(2), "timeout", "leader", a.word(3))
		entry := object{"ID", a.id(styleUUID), "Node", n, "Address", "10.0.0.1", "ServiceName", s, "ServicePort", "80"}
		switch a.r.IntN(15) {
		case 0, 1, 2:
			c.do(pick(a, "GET", "PUT", "DELETE"), "/v1/kv/{path}", "/v1/kv/"+k, 200, []object{{"Key", k, "Value", "eA==", "Flags", "0"}})
		case 3, 4:
			c.do("GET", "/v1/health/service/{service}", "/v1/health/service/"+s, 200, []object{{"Node", object{"Node", n}, "Service", object{"ID", s, "Service", s}}})
		case 5:
			c.do("GET", "/v1/health/node/{node}", "/v1/health/node/"+n, 200, []object{{"Node", n, "CheckID", "serfHealth", "Status", "passing"}})
		case 6:
			c.do("GET", "/v1/health/checks/{service}", "/v1/health/checks/"+s, 200, []object{{"Node", n, "CheckID", "service:" + s, "Status", "passing"}})
		case 7:
			st := pick(a, "any", "passing", "warning", "critical")
			c.do("GET", "/v1/health/state/{state}", "/v1/health/state/"+st, 200, []object{{"Node", n, "CheckID", "serfHealth", "Status", st}})
		case 8:
			c.do("GET", "/v1/catalog/service/{service}", "/v1/catalog/service/"+s, 200, []object{entry})
		case 9:
			c.do("GET", "/v1/catalog/node/{node}", "/v1/catalog/node/"+n, 200, object{"Node", object{"Node", n, "Address", "x"}, "Services", object{s, "x"}})
		case 10:
			w := pick(a, "services", "nodes", "datacenters", "register", "deregister")
			c.do(map[bool]string{true: "PUT", false: "GET"}[strings.HasSuffix(w, "register")], "/v1/catalog/"+w, "/v1/catalog/"+w, 200, object{w, "x"})
		case 11:
			w := pick(a, "self", "members", "services", "checks", "metrics", "host", "version")
			c.do("GET", "/v1/agent/"+w, "/v1/agent/"+w, 200, object{w, "x", "Config", "y"})
		case 12:
			w := pick(a, "pass", "warn", "fail")
			x := "service:" + s + pick(a, "", ":1", ":2")
			c.do("PUT", "/v1/agent/check/"+w+"/{check}", "/v1/agent/check/"+w+"/"+x, 200, nil)
		case 13:
			w := pick(a, "register", "deregister/"+s+"-1")
			t := strings.Replace(w, s+"-1", "{id}", 1)
			c.do("PUT", "/v1/agent/service/"+t, "/v1/agent/service/"+w, 200, nil)
		case 14:
			id := a.id(styleUUID)
			w := pick(a, "info", "destroy", "renew")
			c.do(map[bool]string{true: "GET", false: "PUT"}[w == "info"], "/v1/session/"+w+"/{session}", "/v1/session/"+w+"/"+id, 200,
				[]object{{"ID", id, "Node", n, "TTL", "15s"}})
		}
	}
	for _, p := range []string{"status/leader", "status/peers", "session/list", "acl/tokens", "acl/policies", "operator/raft/configuration"} {
		c.do("GET", "/v1/"+p, "/v1/"+p, 200, object{p, "x"})
	}
	a.noise(c.visited)
}

// crashDialect collects errors: slugs of organizations and projects, numbers of issues, versions of
// releases, and a slash at the end of each path.
func crashDialect(a *api) {
	c := &caller{api: a}
	orgs := []string{a.word(2), a.name() + "-" + a.name()}
	projects := []string{"frontend", "backend", "mobile-" + a.word(1), a.word(2), "checkout"}
	for range 220 {
		o, p, id, ev := pick(a, orgs...), pick(a, projects...), fmt.Sprint(4000000000+a.r.IntN(90000000)), a.hex(32)
		v := pick(a, projects...) + "@" + fmt.Sprintf("%d.%d.0", a.r.IntN(5), a.r.IntN(20))
		issue := object{"id", id, "shortId", strings.ToUpper(p) + "-1A", "title", "x", "project", object{"slug", p, "id", "7"}, "status", "unresolved"}
		release := object{"version", v, "shortVersion", "x", "dateCreated", "y", "projects", []object{{"slug", p}}}
		at, atT := "/api/0/organizations/"+o, "/api/0/organizations/{org}"
		pt, ptT := "/api/0/projects/"+o+"/"+p, "/api/0/projects/{org}/{project}"
		switch a.r.IntN(15) {
		case 0:
			c.do(pick(a, "GET", "PUT"), atT+"/", at+"/", 200, object{"id", "1", "slug", o, "name", "x"})
		case 1:
			w := pick(a, "projects", "teams", "members", "repos", "issues", "users", "stats_v2", "events", "environments")
			c.do("GET", atT+"/"+w+"/", at+"/"+w+"/", 200, []object{{"id", "7", w, "x", "slug", p}})
		case 2, 3:
			c.do(pick(a, "GET", "PUT", "DELETE"), atT+"/issues/{issue}/", at+"/issues/"+id+"/", 200, issue)
		case 4:
			w := pick(a, "events", "hashes", "comments", "activities")
			c.do("GET", atT+"/issues/{issue}/"+w+"/", at+"/issues/"+id+"/"+w+"/", 200, []object{{"eventID", ev, w, "x"}})
		case 5:
			w := pick(a, "latest", "oldest", ev)
			c.do("GET", atT+"/issues/{issue}/events/{event}/", at+"/issues/"+id+"/events/"+w+"/", 200, object{"eventID", ev, "groupID", id, "title", "x"})
		case 6:
			c.do(pick(a, "GET", "PUT"), atT+"/releases/{version}/", at+"/releases/"+strings.ReplaceAll(v, "@", "%40")+"/", 200, release)
		case 7:
			c.do(pick(a, "GET", "POST"), atT+"/releases/", at+"/releases/", 200, []object{release})
		case 8:
			w := pick(a, "files", "commits", "deploys")
			c.do("GET", atT+"/releases/{version}/"+w+"/", at+"/releases/"+v+"/"+w+"/", 200, []object{{"id", a.id(styleInt), w, "x"}})
		case 9, 10:
			c.do(pick(a, "GET", "PUT"), ptT+"/", pt+"/", 200, object{"id", "7", "slug", p, "organization", object{"slug", o}})
		case 11:
			w := pick(a, "keys", "issues", "events", "tags", "hooks", "stats", "teams", "rules")
			c.do("GET", ptT+"/"+w+"/", pt+"/"+w+"/", 200, []object{{"id", ev, w, "x"}})
		case 12:
			c.do("GET", ptT+"/events/{event}/", pt+"/events/"+ev+"/", 200, object{"id", ev, "eventID", ev, "groupID", id})
		case 13:
			k := a.hex(32)
			c.do(pick(a, "GET", "PUT", "DELETE"), ptT+"/keys/{key}/", pt+"/keys/"+k+"/", 200, object{"id", k, "public", k, "dsn", "x"})
		case 14:
			t := pick(a, "browser", "os", "release", "environment", "url", "user")
			c.do("GET", ptT+"/tags/{key}/values/", pt+"/tags/"+t+"/values/", 200, []object{{"key", t, "value", "x", "count", "7"}})
		}
	}
	for _, p := range []string{"organizations", "projects", "issues"} {
		c.do("GET", "/api/0/"+p+"/", "/api/0/"+p+"/", 200, []object{{"id", "1", "slug", pick(a, orgs...), p, "x"}})
	}
	a.noise(c.visited)
}
