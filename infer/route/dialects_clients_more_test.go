package route

import (
	"strings"
)

// plansDialect speaks JSON:API about workspaces: by name below an organization and by id at the
// root, with actions behind a noun, and a registry of modules.
func plansDialect(a *api) {
	s := &suite{api: a}
	orgs := []string{a.word(2), a.name() + "-corp"}
	id := func(prefix string) func() string { return func() string { return prefix + "-" + a.base62(16) } }
	workspaces, runs, variables := some(6, id("ws")), some(8, id("run")), some(6, id("var"))
	names := []string{"network", "prod", a.word(2) + "-staging", a.word(2)}
	res := func(kind, id string, more ...any) object {
		return object{"data", object{"id", id, "type", kind, "attributes", append(object{"created-at", s.when()}, more...), "links", object{"self", "/api/v2/" + kind + "/" + id}}}
	}
	for range 150 {
		o, w, r, v, n := pick(a, orgs...), pick(a, workspaces...), pick(a, runs...), pick(a, variables...), pick(a, names...)
		org, orgT := "/api/v2/organizations/"+o, "/api/v2/organizations/{organization_name}"
		switch a.r.IntN(18) {
		case 0:
			s.do(pick(a, "GET", "PATCH"), orgT, org, nil, 200, res("organizations", o, "name", o, "email", "x@y.example"))
		case 1:
			s.get(orgT+"/workspaces", org+"/workspaces?page[number]=1", object{"data", []object{{"id", w, "type", "workspaces", "attributes", object{"name", n}}}, "meta", object{"pagination", object{"total-count", 1}}})
		case 2, 3:
			s.get(orgT+"/workspaces/{name}", org+"/workspaces/"+n, res("workspaces", w, "name", n, "locked", false))
		case 4:
			s.do(pick(a, "GET", "PATCH", "DELETE"), "/api/v2/workspaces/{workspace_id}", "/api/v2/workspaces/"+w, nil, 200, res("workspaces", w, "name", n, "locked", false))
		case 5:
			x := pick(a, "lock", "unlock", "force-unlock")
			s.do("POST", "/api/v2/workspaces/{workspace_id}/actions/"+x, "/api/v2/workspaces/"+w+"/actions/"+x, object{"reason", "x"}, 200, res("workspaces", w, "name", n, "locked", true))
		case 6:
			x := pick(a, "runs", "vars", "state-versions", "current-state-version", "relationships/ssh-key")
			s.get("/api/v2/workspaces/{workspace_id}/"+x, "/api/v2/workspaces/"+w+"/"+x, object{"data", []object{{"id", r, "type", x, "attributes", object{"status", "applied"}}}})
		case 7:
			s.do(pick(a, "PATCH", "DELETE"), "/api/v2/workspaces/{workspace_id}/vars/{variable_id}", "/api/v2/workspaces/"+w+"/vars/"+v, nil, 200, res("vars", v, "key", "region", "value", "x"))
		case 8:
			s.do("POST", "/api/v2/runs", "/api/v2/runs", object{"data", object{"type", "runs", "attributes", object{"message", "x"}}}, 201, res("runs", r, "status", "pending"))
		case 9, 10:
			s.get("/api/v2/runs/{run_id}", "/api/v2/runs/"+r, res("runs", r, "status", pick(a, "planned", "applied"), "message", "x"))
		case 11:
			x := pick(a, "apply", "discard", "cancel")
			s.do("POST", "/api/v2/runs/{run_id}/actions/"+x, "/api/v2/runs/"+r+"/actions/"+x, object{"comment", "x"}, 202, nil)
		case 12:
			p := id(pick(a, "plan", "plan"))()
			s.get("/api/v2/plans/{id}", "/api/v2/plans/"+p, res("plans", p, "has-changes", true, "status", "finished"))
			s.get("/api/v2/plans/{id}/json-output", "/api/v2/plans/"+p+"/json-output", object{"format_version", "1.1"})
		case 13:
			t := id("team")()
			s.do(pick(a, "GET", "PATCH", "DELETE"), "/api/v2/teams/{team_id}", "/api/v2/teams/"+t, nil, 200, res("teams", t, "name", a.name(), "users-count", 3))
		case 14:
			m, p := pick(a, "vpc", "consul", a.word(2)), pick(a, "aws", "google", "azurerm")
			s.get(orgT+"/registry-modules/private/{namespace}/{name}/{provider}", org+"/registry-modules/private/"+o+"/"+m+"/"+p, res("registry-modules", "mod-"+a.base62(16), "name", m, "provider", p, "namespace", o, "registry-name", "private"))
		case 15:
			m, p := pick(a, "vpc", "consul", a.word(2)), pick(a, "aws", "google", "azurerm")
			s.get("/api/registry/v1/modules/{namespace}/{name}/{provider}/versions", "/api/registry/v1/modules/"+o+"/"+m+"/"+p+"/versions", object{"modules", []object{{"source", o + "/" + m + "/" + p, "versions", []object{{"version", "1.2.3"}}}}})
		case 16:
			x := pick(a, "teams", "policies", "policy-sets", "oauth-clients", "ssh-keys", "entitlement-set", "varsets")
			s.get(orgT+"/"+x, org+"/"+x, object{"data", []object{{"id", a.base62(12), "type", x, "attributes", object{"name", a.name()}}}})
		case 17:
			x := pick(a, "account/details", "ping", "organizations", "feature-sets")
			s.get("/api/v2/"+x, "/api/v2/"+x, object{"data", object{"id", "user-" + a.base62(16), "type", "users", "attributes", object{x, "x"}}})
		}
	}
	s.noise(40)
}

// zonesDialect has domains with a dot at their end, types and names of records, and kinds of
// metadata in capitals.
func zonesDialect(a *api) {
	s := &suite{api: a}
	domains := []string{"example.org", a.word(2) + ".net", a.word(3) + ".example", "shop." + a.word(2) + ".com"}
	for range 110 {
		d := pick(a, domains...)
		at, atT := "/api/v1/servers/localhost/zones/"+d+".", "/api/v1/servers/{server_id}/zones/{zone_id}"
		zone := object{"id", d + ".", "name", d + ".", "type", "Zone", "url", at, "kind", pick(a, "Native", "Master"), "serial", 2026010101, "dnssec", false, "account", ""}
		k := pick(a, "ALLOW-AXFR-FROM", "SOA-EDIT", "TSIG-ALLOW-AXFR", "ALSO-NOTIFY")
		kind, n := pick(a, "A", "AAAA", "CNAME", "MX", "TXT"), pick(a, "www", "@", "mail", a.word(2), "_dmarc")
		switch a.r.IntN(13) {
		case 0:
			s.get("/api/v1/servers/{server_id}/zones", "/api/v1/servers/localhost/zones", []object{zone})
		case 1, 2, 3:
			s.get(atT, at, append(zone, "rrsets", []object{{"name", "www." + d + ".", "type", kind, "ttl", 300, "records", []object{{"content", "10.0.0.1", "disabled", false}}}}))
		case 4:
			s.do(pick(a, "PATCH", "PUT", "DELETE"), atT, at, object{"rrsets", []object{{"name", n, "changetype", "REPLACE"}}}, 204, nil)
		case 5:
			v := pick(a, "notify", "rectify", "axfr-retrieve")
			s.do("PUT", atT+"/"+v, at+"/"+v, nil, 200, object{"result", "Notification queued"})
		case 6:
			s.get(atT+"/export", at+"/export", nil)
		case 7:
			s.get(atT+"/metadata", at+"/metadata", []object{{"kind", k, "metadata", []any{"x"}, "type", "Metadata"}})
		case 8:
			s.do(pick(a, "GET", "PUT", "DELETE"), atT+"/metadata/{metadata_kind}", at+"/metadata/"+k, nil, 200, object{"kind", k, "metadata", []any{"x"}, "type", "Metadata"})
		case 9:
			i := a.id(styleSmall)
			s.get(atT+"/cryptokeys/{cryptokey_id}", at+"/cryptokeys/"+i, object{"type", "Cryptokey", "id", i, "keytype", "csk", "active", true})
		case 10:
			w := pick(a, "", "/config", "/statistics", "/search-data", "/tsigkeys")
			s.get("/api/v1/servers/{server_id}"+w, "/api/v1/servers/localhost"+w, object{"type", "Server", "id", "localhost", "version", "4.8"})
		case 11:
			s.get("/v1/domains/{domain}/records/{type}/{name}", "/v1/domains/"+d+"/records/"+kind+"/"+n, []object{{"data", "10.0.0.1", "name", n, "ttl", 600, "type", kind}})
		case 12:
			s.get("/v1/domains/{domain}/records/{type}", "/v1/domains/"+d+"/records/"+kind, []object{{"data", "10.0.0.1", "name", n, "ttl", 600, "type", kind}, {"data", "x", "name", "www", "type", kind}})
		}
	}
	s.noise(25)
}

// togglesDialect has keys that people choose one behind the other, and environments that are words.
func togglesDialect(a *api) {
	s := &suite{api: a}
	projects, environments := []string{"default", "mobile-app", a.word(2)}, []string{"production", "test", "staging"}
	flags := []string{"new-checkout", "dark-mode", "beta", a.word(2) + "-rollout", a.word(3)}
	segments := []string{"internal-users", "beta", a.word(2)}
	link := func(href string) object { return object{"self", object{"href", href, "type", "application/json"}} }
	for range 150 {
		p, e, f, g := pick(a, projects...), pick(a, environments...), pick(a, flags...), pick(a, segments...)
		env := object{"_links", link("/api/v2/projects/" + p + "/environments/" + e), "_id", a.hex(24), "key", e, "name", strings.ToUpper(e[:1]) + e[1:], "apiKey", "sdk-x", "color", "417505", "defaultTtl", 0}
		flag := object{"name", a.name(), "kind", "boolean", "key", f, "_version", 3, "creationDate", 1700000000000, "variations", []object{{"_id", a.id(styleUUID), "value", true}},
			"_links", link("/api/v2/flags/" + p + "/" + f), "environments", object{e, object{"on", true, "salt", a.hex(32)}}}
		switch a.r.IntN(16) {
		case 0:
			s.get("/api/v2/projects", "/api/v2/projects?limit=20", object{"_links", link("/api/v2/projects"), "items", []object{{"_id", a.hex(24), "key", p, "name", "x"}}, "totalCount", 3})
		case 1:
			s.do(pick(a, "GET", "PATCH"), "/api/v2/projects/{projectKey}", "/api/v2/projects/"+p, nil, 200, object{"_id", a.hex(24), "key", p, "name", "x", "environments", []object{env}})
		case 2:
			s.get("/api/v2/projects/{projectKey}/environments", "/api/v2/projects/"+p+"/environments", object{"items", []object{env}})
		case 3, 4:
			s.do(pick(a, "GET", "PATCH"), "/api/v2/projects/{projectKey}/environments/{environmentKey}", "/api/v2/projects/"+p+"/environments/"+e, nil, 200, env)
		case 5:
			v := pick(a, "apiKey", "mobileKey")
			s.do("POST", "/api/v2/projects/{projectKey}/environments/{environmentKey}/"+v, "/api/v2/projects/"+p+"/environments/"+e+"/"+v, nil, 200, env)
		case 6:
			s.get("/api/v2/flags/{projectKey}", "/api/v2/flags/"+p+"?env="+e, object{"items", []object{flag}, "totalCount", 7})
		case 7, 8, 9:
			s.do(pick(a, "GET", "PATCH", "DELETE"), "/api/v2/flags/{projectKey}/{featureFlagKey}", "/api/v2/flags/"+p+"/"+f, nil, 200, flag)
		case 10:
			s.get("/api/v2/flag-statuses/{projectKey}/{environmentKey}", "/api/v2/flag-statuses/"+p+"/"+e, object{"items", []object{{"name", "active", "lastRequested", s.when()}}})
		case 11:
			s.get("/api/v2/flag-statuses/{projectKey}/{environmentKey}/{featureFlagKey}", "/api/v2/flag-statuses/"+p+"/"+e+"/"+f, object{"name", pick(a, "active", "inactive"), "lastRequested", s.when(), "_links", link("/api/v2/flag-statuses/" + p + "/" + e + "/" + f)})
		case 12:
			s.do(pick(a, "GET", "PATCH", "DELETE"), "/api/v2/segments/{projectKey}/{environmentKey}/{segmentKey}", "/api/v2/segments/"+p+"/"+e+"/"+g, nil, 200, object{"key", g, "name", "x", "tags", []any{"t"}, "creationDate", 17, "included", []any{"u"}})
		case 13:
			s.get("/api/v2/segments/{projectKey}/{environmentKey}", "/api/v2/segments/"+p+"/"+e, object{"items", []object{{"key", g, "name", "x"}}})
		case 14:
			m := a.hex(24)
			s.do(pick(a, "GET", "PATCH", "DELETE"), "/api/v2/members/{id}", "/api/v2/members/"+m, nil, 200, object{"_id", m, "role", "writer", "email", "x@y.example", "mfa", "disabled"})
		case 15:
			w := pick(a, "auditlog", "members", "tokens", "webhooks", "roles", "teams", "caller-identity", "metrics/default", "public-ip-list")
			t := strings.Replace(w, "metrics/default", "metrics/{projectKey}", 1)
			s.get("/api/v2/"+t, "/api/v2/"+w, object{"_links", link("/api/v2/" + w), "items", []object{{"_id", a.hex(24), w, "x"}}})
		}
	}
	s.noise(35)
}

// songsDialect has commands of a player, a library of the user who calls, and lists of ids.
func songsDialect(a *api) {
	s := &suite{api: a}
	ids := some(10, func() string { return a.base62(22) })
	users := []string{"wizzler", a.word(3), a.name() + a.id(styleSmall)}
	categories := []string{"party", "dinner", "0JQ5DAqbMKFA6SOHvT3gck", a.name()}
	for range 150 {
		id, u, c := pick(a, ids...), pick(a, users...), pick(a, categories...)
		kind := pick(a, "albums", "artists", "tracks", "shows", "episodes")
		one := func(kind, id string) object {
			return object{"id", id, "name", a.name(), "type", strings.TrimSuffix(kind, "s"), "uri", "music:" + strings.TrimSuffix(kind, "s") + ":" + id, "href", "https://api.example/v1/" + kind + "/" + id}
		}
		page := func(path, kind string) object {
			return object{"href", "https://api.example/v1/" + path, "items", []object{one(kind, pick(a, ids...))}, "limit", 20, "next", nil, "offset", 0, "total", 7}
		}
		switch a.r.IntN(16) {
		case 0, 1, 2:
			s.get("/v1/"+kind+"/{id}", "/v1/"+kind+"/"+id, one(kind, id))
		case 3:
			s.get("/v1/"+kind, "/v1/"+kind+"?ids="+ids[0]+"%2C"+ids[1], object{kind, []object{one(kind, ids[0]), one(kind, ids[1])}})
		case 4:
			s.get("/v1/albums/{id}/tracks", "/v1/albums/"+id+"/tracks", page("albums/"+id+"/tracks", "tracks"))
		case 5:
			w := pick(a, "albums", "top-tracks", "related-artists")
			s.get("/v1/artists/{id}/"+w, "/v1/artists/"+id+"/"+w, page("artists/"+id+"/"+w, "albums"))
		case 6:
			s.do(pick(a, "GET", "PUT"), "/v1/playlists/{playlist_id}", "/v1/playlists/"+id, nil, 200, append(one("playlists", id), "owner", object{"id", u, "display_name", u}, "tracks", object{"total", 7}))
		case 7:
			s.do(pick(a, "GET", "POST", "DELETE"), "/v1/playlists/{playlist_id}/tracks", "/v1/playlists/"+id+"/tracks", nil, 200, page("playlists/"+id+"/tracks", "tracks"))
		case 8:
			s.get("/v1/users/{user_id}", "/v1/users/"+u, object{"id", u, "display_name", "x", "type", "user", "uri", "music:user:" + u, "followers", object{"total", 3}})
		case 9:
			s.do(pick(a, "GET", "POST"), "/v1/users/{user_id}/playlists", "/v1/users/"+u+"/playlists", nil, 200, page("users/"+u+"/playlists", "playlists"))
		case 10:
			v := pick(a, "next", "previous", "pause", "play", "seek", "volume")
			m := map[bool]string{true: "POST", false: "PUT"}[v == "next" || v == "previous"]
			s.do(m, "/v1/me/player/"+v, "/v1/me/player/"+v, nil, 204, nil)
		case 11:
			w := pick(a, "", "/player", "/player/devices", "/player/currently-playing", "/player/recently-played", "/playlists", "/following")
			s.get("/v1/me"+w, "/v1/me"+w, object{"device", object{"id", a.hex(40), "is_active", true}, w, "x"})
		case 12:
			w := pick(a, "albums", "tracks", "shows", "episodes")
			s.do(pick(a, "GET", "PUT", "DELETE"), "/v1/me/"+w, "/v1/me/"+w+"?ids="+ids[0], nil, 200, page("me/"+w, w))
		case 13:
			w := pick(a, "artists", "tracks")
			s.get("/v1/me/top/{type}", "/v1/me/top/"+w+"?time_range=short_term", page("me/top/"+w, w))
		case 14:
			s.get("/v1/browse/categories/{category_id}", "/v1/browse/categories/"+c, object{"id", c, "name", "x", "href", "https://api.example/v1/browse/categories/" + c, "icons", []object{{"url", "x"}}})
		case 15:
			w := pick(a, "browse/new-releases", "browse/featured-playlists", "browse/categories", "search", "recommendations", "recommendations/available-genre-seeds", "markets", "audio-features/"+id)
			t := strings.Replace(w, id, "{id}", 1)
			s.get("/v1/"+t, "/v1/"+w, object{w[:4], "x", "id", id})
		}
	}
	s.noise(40)
}

// filmsDialect has lists beside identifiers below singular nouns, and kinds of media in the path.
func filmsDialect(a *api) {
	s := &suite{api: a}
	films, shows, people := some(9, func() string { return a.id(styleInt) }), some(6, func() string { return a.id(styleInt) }), some(5, func() string { return a.id(styleInt) })
	for range 150 {
		f, t, p := pick(a, films...), pick(a, shows...), pick(a, people...)
		film := object{"adult", false, "id", f, "original_title", a.name(), "title", a.name(), "overview", "x", "release_date", s.day(), "vote_average", 7.1, "genres", []object{{"id", 18, "name", "Drama"}}}
		show := object{"id", t, "name", a.name(), "first_air_date", s.day(), "number_of_seasons", 3, "overview", "x", "vote_average", 7.1}
		page := func(x object) object {
			return object{"page", 1, "results", []object{x, x}, "total_pages", 9, "total_results", 99}
		}
		switch a.r.IntN(17) {
		case 0, 1, 2:
			s.get("/3/movie/{movie_id}", "/3/movie/"+f+"?language=en-US", film)
		case 3:
			w := pick(a, "popular", "top_rated", "upcoming", "now_playing")
			s.get("/3/movie/"+w, "/3/movie/"+w+"?page=1", page(film))
		case 4:
			s.get("/3/movie/latest", "/3/movie/latest", film)
		case 5, 6:
			w := pick(a, "credits", "images", "videos", "reviews", "similar", "keywords")
			s.get("/3/movie/{movie_id}/"+w, "/3/movie/"+f+"/"+w, object{"id", f, w, []object{{"id", a.hex(24), w, "x"}}})
		case 7:
			s.do(pick(a, "POST", "DELETE"), "/3/movie/{movie_id}/rating", "/3/movie/"+f+"/rating", object{"value", 8.5}, 201, object{"success", true, "status_code", 1})
		case 8:
			s.get("/3/tv/{series_id}", "/3/tv/"+t, show)
		case 9:
			w := pick(a, "popular", "on_the_air", "airing_today", "top_rated")
			s.get("/3/tv/"+w, "/3/tv/"+w, page(show))
		case 10:
			n := a.id(styleSmall)
			s.get("/3/tv/{series_id}/season/{season_number}", "/3/tv/"+t+"/season/"+n, object{"_id", a.hex(24), "air_date", s.day(), "season_number", n, "name", "Season " + n, "episodes", []object{{"id", 7, "episode_number", 1}}})
		case 11:
			n, m := a.id(styleSmall), a.id(styleSmall)
			s.get("/3/tv/{series_id}/season/{season_number}/episode/{episode_number}", "/3/tv/"+t+"/season/"+n+"/episode/"+m, object{"air_date", s.day(), "season_number", n, "episode_number", m, "id", a.id(styleInt), "name", "x"})
		case 12:
			s.get("/3/person/{person_id}", "/3/person/"+p, object{"id", p, "name", "x", "birthday", s.day(), "imdb_id", "nm" + a.id(styleInt)})
		case 13:
			m, w := pick(a, "movie", "tv", "all", "person"), pick(a, "day", "week")
			s.get("/3/trending/{media_type}/{time_window}", "/3/trending/"+m+"/"+w, page(append(object{"media_type", m}, film...)))
		case 14:
			w := pick(a, "movie", "tv", "person", "multi", "keyword", "company")
			s.get("/3/search/"+w, "/3/search/"+w+"?query=x", page(film))
		case 15:
			x := "tt" + a.id(styleInt)
			s.get("/3/find/{external_id}", "/3/find/"+x+"?external_source=imdb_id", object{"movie_results", []object{film}, "tv_results", []object{}})
		case 16:
			w := pick(a, "genre/movie/list", "genre/tv/list", "configuration", "configuration/languages", "discover/movie", "discover/tv", "authentication/token/new", "certification/movie/list", "account")
			s.get("/3/"+w, "/3/"+w, object{w, "x", "success", true})
		}
	}
	s.noise(35)
}
