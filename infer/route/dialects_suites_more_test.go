package route

import (
	"fmt"
	"strings"
)

// panelsDialect finds dashboards and sources of data by several kinds of key, has a proxy to other
// servers, and administration of organizations.
func panelsDialect(a *api) {
	s := &suite{api: a}
	dashboards := some(6, func() string { return pick(a, a.base62(9), a.word(3), a.base62(4)+"-"+a.base62(4)) })
	sources := some(4, func() string { return pick(a, "P"+strings.ToUpper(a.hex(15)), a.word(2)) })
	folders := some(4, func() string { return a.base62(9) })
	for range 160 {
		d, src, f, n := pick(a, dashboards...), pick(a, sources...), pick(a, folders...), a.id(styleSmall)
		source := object{"id", a.r.IntN(9), "uid", src, "orgId", 1, "name", a.vendor(), "type", pick(a,
			"prometheus", "loki", "postgres"), "url", "http://10.1.2.3:9090",
			"isDefault", a.chance(.3), "jsonData", object{}, "readOnly", false}
		user := object{"orgId", 1, "userId", a.r.IntN(30), "email", a.name() + "@x.example", "login", a.name(),
			"role", pick(a, "Viewer", "Editor", "Admin")}
		switch a.r.IntN(20) {
		case 0, 1:
			s.get("/api/dashboards/uid/{uid}", "/api/dashboards/uid/"+d, object{"meta", object{"slug", "x",
				"folderUid", f, "version", 3, "created", s.when()},
				"dashboard", object{"id", 7, "uid", d, "title", a.name(), "panels", []object{{"id", 1, "type",
					"timeseries"}}}})
		case 2:
			s.do("POST", "/api/dashboards/db", "/api/dashboards/db", object{"dashboard", object{"uid", d,
				"title", a.name()}, "folderUid", f, "overwrite", true}, 200,
				object{"id", 7, "uid", d, "status", "success", "url", "/d/" + d + "/x", "version", 4})
		case 3:
			v := pick(a, "versions", "permissions")
			s.get("/api/dashboards/uid/{uid}/"+v, "/api/dashboards/uid/"+d+"/"+v, []object{{"id", 2, "uid", d,
				"version", 2, "created", s.when()}})
		case 4:
			s.get("/api/dashboards/uid/{uid}/versions/{version}", "/api/dashboards/uid/"+d+"/versions/"+n,
				object{"id", 2, "uid", d, "version", n, "message", ""})
		case 5:
			w := pick(a, "home", "tags")
			s.get("/api/dashboards/"+w, "/api/dashboards/"+w, object{"meta", object{"isHome", true}, w, "x"})
		case 6:
			s.get("/api/datasources", "/api/datasources", []object{source})
		case 7, 8:
			s.do(pick(a, "GET", "PUT", "DELETE"), "/api/datasources/uid/{uid}",
				"/api/datasources/uid/"+src, nil, 200, source)
		case 9:
			w := source[7].(string)
			s.get("/api/datasources/name/{name}", "/api/datasources/name/"+w, source)
		case 10:
			s.get("/api/datasources/{id}", "/api/datasources/"+n, source)
		case 11:
			s.get("/api/datasources/uid/{uid}/health", "/api/datasources/uid/"+src+"/health", object{"status",
				"OK", "message", "x"})
		case 12:
			s.do(pick(a, "GET", "PATCH"), "/api/orgs/{orgId}/users/{userId}",
				"/api/orgs/"+n+"/users/"+a.id(styleSmall), nil, 200, object{"message", "Organization user updated"})
		case 13:
			s.get("/api/orgs/{orgId}/users", "/api/orgs/"+n+"/users", []object{user})
		case 14:
			w := pick(a, "org", "org/users", "org/preferences", "user", "user/orgs", "user/preferences",
				"user/stars", "admin/settings", "admin/stats", "frontend/settings", "health", "search")
			s.get("/api/"+w, "/api/"+w, object{"id", 1, w, "x"})
		case 15:
			s.get("/api/folders/{uid}", "/api/folders/"+f, object{"id", 7, "uid", f, "title", a.name(), "url",
				"/dashboards/f/" + f, "canSave", true})
		case 16:
			s.get("/api/folders/{uid}/permissions", "/api/folders/"+f+"/permissions", []object{{"uid", f, "role",
				"Viewer", "permission", 1, "permissionName", "View"}})
		case 17:
			v := pick(a, "password", "permissions", "disable", "enable", "logout")
			m := "PUT"
			if strings.HasSuffix(v, "able") || v == "logout" {
				m = "POST"
			}
			s.do(m, "/api/admin/users/{id}/"+v, "/api/admin/users/"+n+"/"+v, object{"value", "x"}, 200,
				object{"message", "User updated"})
		case 18:
			s.get("/api/org/users/lookup", "/api/org/users/lookup?query="+a.word(1), []object{{"userId", 7,
				"login", a.name(), "avatarUrl", "x"}})
		case 19:
			s.do(pick(a, "GET", "DELETE"), "/api/annotations/{id}", "/api/annotations/"+n, nil, 200,
				object{"id", n, "dashboardUID", d, "text", "x", "tags", []any{"deploy"}})
		}
	}
	s.noise(40)
}

// wikiDialect has content with kinds of children, spaces by key, and members of groups by name.
func wikiDialect(a *api) {
	s := &suite{api: a}
	pages := some(10, func() string { return a.id(styleInt) })
	spaces := []string{"DS", "OPS", strings.ToUpper(a.word(1)), "~" + a.name(), strings.ToUpper(a.word(2))}
	labels := some(5, func() string { return pick(a, a.name(), a.word(2)+"-"+a.word(1)) })
	content := func(id, kind string) object {
		sp := pick(a, spaces...)
		return object{"id", id, "type", kind, "status", "current", "title", a.name(), "space", object{"id", 3,
			"key", sp, "name", "x", "_links", object{"self", "/wiki/rest/api/space/" + sp}},
			"version", object{"number", a.r.IntN(9), "when", s.when(), "minorEdit", false}, "_links",
			object{"self", "https://w.example/wiki/rest/api/content/" + id, "webui", "/display/" + sp}}
	}
	list := func(items ...object) object {
		return object{"results", items, "start", 0, "limit", 25, "size", len(items), "_links", object{"base",
			"https://w.example"}}
	}
	for range 160 {
		id, sp, l := pick(a, pages...), pick(a, spaces...), pick(a, labels...)
		at, atT := "/wiki/rest/api/content/"+id, "/wiki/rest/api/content/{id}"
		switch a.r.IntN(17) {
		case 0:
			s.get("/wiki/rest/api/content",
				"/wiki/rest/api/content?spaceKey="+sp+"&limit=25&start=0", list(content(id, "page")))
		case 1, 2, 3:
			s.get(atT, at+"?expand=body.storage,version", content(id, "page"))
		case 4:
			s.do("PUT", atT, at, object{"version", object{"number", 3}, "title", a.name(), "type", "page",
				"body", object{"storage", object{"value", "<p/>", "representation", "storage"}}}, 200, content(id, "page"))
		case 5:
			s.do("POST", "/wiki/rest/api/content", "/wiki/rest/api/content", object{"type", "page",
				"title", a.name(), "space", object{"key", sp}}, 200, content(a.id(styleInt), "page"))
		case 6, 7:
			k := pick(a, "page", "comment", "attachment")
			s.get(atT+"/child/{type}", at+"/child/"+k, list(content(a.id(styleInt), k)))
		case 8:
			s.get(atT+"/label", at+"/label", list(object{"prefix", "global", "name", l, "id", a.id(styleInt)}))
		case 9:
			s.do("DELETE", atT+"/label/{label}", at+"/label/"+l, nil, 204, nil)
		case 10:
			w := pick(a, "history", "property", "restriction", "descendant")
			s.get(atT+"/"+w, at+"/"+w, list(object{"latest", true, w, "x"}))
		case 11:
			k := pick(a, a.word(2), "editor", a.word(2)+"-"+a.word(2))
			s.do(pick(a, "GET", "PUT", "DELETE"), atT+"/property/{key}", at+"/property/"+k, nil, 200,
				object{"id", a.id(styleInt), "key", k, "value", object{}, "version", object{"number", 1}})
		case 12:
			s.get("/wiki/rest/api/space/{spaceKey}", "/wiki/rest/api/space/"+sp, object{"id", 3, "key", sp,
				"name", "x", "type", pick(a, "global", "personal"), "status", "current"})
		case 13:
			s.get("/wiki/rest/api/space/{spaceKey}/content/{type}",
				"/wiki/rest/api/space/"+sp+"/content/"+pick(a, "page", "blogpost"), list(content(id, "page")))
		case 14:
			g := pick(a, "site-admins", "users", a.word(2))
			s.get("/wiki/rest/api/group/{groupName}/member",
				"/wiki/rest/api/group/"+g+"/member", list(object{"type", "known", "accountId", a.hex(24),
					"displayName", "x"}))
		case 15:
			w := pick(a, "user/current", "search", "space", "group", "content/search", "user/anonymous",
				"settings/lookandfeel")
			s.get("/wiki/rest/api/"+w, "/wiki/rest/api/"+w, object{"type", "known", w, "x"})
		case 16:
			s.get(atT+"/history/{version}/macro/id/{macroId}", at+"/history/"+a.id(styleSmall)+"/macro/id/"+a.id(styleUUID), object{"name", "toc", "body", "x"})
		}
	}
	s.noise(40)
}

// mediaDialect has assets whose names have slashes, transformations as lists of pairs, and the
// cloud of the customer before each path.
func mediaDialect(a *api) {
	s := &suite{api: a}
	clouds := []string{a.word(2), a.word(2) + "-prod"}
	dirs := a.folders()
	for range 130 {
		c := pick(a, clouds...)
		at, atT := "/v1_1/"+c, "/v1_1/{cloud}"
		kind := pick(a, "image", "image", "video", "raw")
		id := strings.TrimSuffix(pick(a, dirs...)+a.word(2), "/")
		asset := object{"asset_id", a.hex(32), "public_id", id, "format", "jpg",
			"version", 1700000000 + a.r.IntN(9999999), "resource_type", kind, "type", "upload",
			"created_at", s.when(), "bytes", a.r.IntN(99999), "width", 864, "height", 576, "url",
			"http://r.example/" + c + "/" + kind + "/upload/v1/" + id + ".jpg"}
		switch a.r.IntN(11) {
		case 0, 1:
			s.do("POST", atT+"/{resource_type}/upload", at+"/"+kind+"/upload", object{"public_id", id, "file",
				"https://x.example/a.jpg", "timestamp", 1700000000 + a.r.IntN(99999)}, 200, asset)
		case 2:
			v := pick(a, "destroy", "rename", "explicit")
			s.do("POST", atT+"/{resource_type}/"+v, at+"/"+kind+"/"+v, object{"public_id", id}, 200, object{"result", "ok"})
		case 3, 4:
			s.get(atT+"/resources/{resource_type}", at+"/resources/"+kind, object{"resources", []object{asset},
				"next_cursor", a.hex(40)})
		case 5:
			s.get(atT+"/resources/{resource_type}/upload/{public_id}", at+"/resources/"+kind+"/upload/"+id, asset)
		case 6:
			t := pick(a, "summer", "blue", a.word(2))
			s.get(atT+"/resources/{resource_type}/tags/{tag}", at+"/resources/"+kind+"/tags/"+t,
				object{"resources", []object{asset}})
		case 7:
			s.get(atT+"/tags/{resource_type}", at+"/tags/"+kind, object{"tags", []any{"summer", "blue"}})
		case 8:
			t := fmt.Sprintf("w_%d,h_%d,c_%s", 100+a.r.IntN(400), 100+a.r.IntN(400), pick(a, "fill", "fit", "scale"))
			s.do(pick(a, "GET",
				"DELETE"), atT+"/transformations/{transformation}", at+"/transformations/"+t, nil, 200,
				object{"name", t, "allowed_for_strict", false, "used", true})
		case 9:
			w := pick(a, "usage", "ping", "transformations", "upload_presets", "folders", "streaming_profiles")
			s.get(atT+"/"+w, at+"/"+w, object{"status", "ok", w, "x"})
		case 10:
			p := pick(a, a.word(2), a.word(2)+"_"+a.word(1))
			s.do(pick(a, "GET", "PUT",
				"DELETE"), atT+"/upload_presets/{name}", at+"/upload_presets/"+p, nil, 200, object{"name", p,
				"unsigned", a.chance(.5), "settings", object{"folder", "x"}})
		}
	}
	s.noise(25)
}

// teamsDialect has identifiers of letters and digits for everything, names that look things up,
// and "me" for the user who calls.
func teamsDialect(a *api) {
	s := &suite{api: a}
	id := func() string {
		b := make([]byte, 26)
		for i := range b {
			b[i] = "ybndrfg8ejkmcpqxot1uwisza345h769"[a.r.IntN(32)]
		}
		return string(b)
	}
	users, teams, channels, posts := some(6, id), some(3, id), some(6, id), some(8, id)
	names := []string{a.name(), a.name(), a.word(2), a.word(2) + "." + a.word(2)}
	user := func(u string) object {
		return object{"id", u, "create_at", 1700000000000 + a.r.IntN(99999999), "delete_at", 0,
			"username", pick(a, names...), "email", a.name() + "@m.example", "nickname", "", "roles",
			"system_user", "locale", "en"}
	}
	for range 190 {
		u, t, c, p, n := pick(a, users...), pick(a, teams...), pick(a, channels...), pick(a, posts...), pick(a, names...)
		who, whoT := "/api/v4/users/"+u, "/api/v4/users/{user_id}"
		if a.chance(.3) { // "me" stands for one of the users
			who = "/api/v4/users/me"
		}
		team := object{"id", t, "name", n, "display_name", "x", "type", pick(a, "O", "I"), "allow_open_invite", a.chance(.5)}
		channel := object{"id", c, "team_id", t, "type", pick(a, "O", "P", "D"), "display_name", "x", "name", n,
			"header", "", "total_msg_count", a.r.IntN(99)}
		post := object{"id", p, "user_id", u, "channel_id", c, "message", a.name(),
			"create_at", 1700000000000 + a.r.IntN(99999999), "type", "", "props", object{}}
		switch a.r.IntN(22) {
		case 0, 1:
			s.get(whoT, who, user(u))
		case 2:
			s.get("/api/v4/users/username/{username}", "/api/v4/users/username/"+n, user(u))
		case 3:
			e := a.name() + "@m.example"
			s.get("/api/v4/users/email/{email}", "/api/v4/users/email/"+e, append(user(u)[:8:8], "email", e))
		case 4:
			s.get(whoT+"/teams", who+"/teams", []object{team})
		case 5:
			s.get(whoT+"/teams/{team_id}/channels", who+"/teams/"+t+"/channels", []object{channel})
		case 6:
			s.get(whoT+"/channels/{channel_id}/posts/unread", who+"/channels/"+c+"/posts/unread",
				object{"order", []any{p}, "posts", object{p, post}})
		case 7:
			w := pick(a, "status", "preferences", "sessions", "audits")
			s.get(whoT+"/"+w, who+"/"+w, []object{{"user_id", u, w, "x", "create_at", 1}})
		case 8:
			w := pick(a, "ids", "usernames", "search")
			s.do("POST", "/api/v4/users/"+w, "/api/v4/users/"+w, []any{u}, 200, []object{user(u)})
		case 9:
			s.get("/api/v4/teams/{team_id}", "/api/v4/teams/"+t, team)
		case 10:
			s.get("/api/v4/teams/name/{name}", "/api/v4/teams/name/"+n, team)
		case 11:
			s.get("/api/v4/teams/name/{name}/exists", "/api/v4/teams/name/"+n+"/exists", object{"exists", a.chance(.5)})
		case 12:
			s.get("/api/v4/teams/{team_id}/channels/name/{channel_name}", "/api/v4/teams/"+t+"/channels/name/"+n, channel)
		case 13:
			s.do(pick(a, "GET", "DELETE"), "/api/v4/teams/{team_id}/members/{user_id}",
				"/api/v4/teams/"+t+"/members/"+u, nil, 200, object{"team_id", t, "user_id", u, "roles", "team_user"})
		case 14:
			s.get("/api/v4/channels/{channel_id}", "/api/v4/channels/"+c, channel)
		case 15:
			s.get("/api/v4/channels/{channel_id}/posts", "/api/v4/channels/"+c+"/posts?page=0&per_page=60",
				object{"order", []any{p}, "posts", object{p, post}})
		case 16:
			s.do("POST", "/api/v4/channels/direct", "/api/v4/channels/direct", []any{u, pick(a, users...)}, 201, channel)
		case 17:
			s.do("POST", "/api/v4/posts", "/api/v4/posts", object{"channel_id", c, "message", a.name()}, 201, post)
		case 18:
			v := pick(a, "pin", "unpin")
			s.do("POST", "/api/v4/posts/{post_id}/"+v, "/api/v4/posts/"+p+"/"+v, nil, 200, object{"status", "OK"})
		case 19:
			s.get("/api/v4/posts/{post_id}/thread", "/api/v4/posts/"+p+"/thread", object{"order", []any{p},
				"posts", object{p, post}})
		case 20:
			e := pick(a, "smile", "tada", "+1", "shipit", "eyes")
			s.do("DELETE", "/api/v4/users/{user_id}/posts/{post_id}/reactions/{emoji_name}",
				"/api/v4/users/"+u+"/posts/"+p+"/reactions/"+e, nil, 200, object{"status", "OK"})
		case 21:
			w := pick(a, "system/ping", "config/client", "license/client", "emoji", "plugins", "roles/names",
				"users/stats", "users/login")
			s.get("/api/v4/"+w, "/api/v4/"+w, object{"status", "OK", w, "x"})
		}
	}
	s.noise(40)
}
