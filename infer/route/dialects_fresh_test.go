package route

import (
	"fmt"
	"strings"
)

// flightsDialect has codes of airports and airlines, flight numbers, and dates between words.
func flightsDialect(a *api) {
	airports := strings.Fields("FRA JFK LHR HND MUC ZRH BCN OSL")
	for range 70 {
		from, to := pick(a, airports...), pick(a, airports...)
		flight := pick(a, "LH", "BA", "U2", "4U") + fmt.Sprint(100+a.r.IntN(900))
		day, at := a.isoDay(), a.isoDay()+"T"+fmt.Sprintf("%02d:00", a.r.IntN(24))
		leg := object{"departure", object{"airportCode", from}, "arrival", object{"airportCode", to}, "status", "OT"}
		switch a.r.IntN(9) {
		case 0:
			a.call("GET", "/v1/operations/flightstatus/{flight}/{date}", "/v1/operations/flightstatus/"+flight+"/"+day, 200,
				object{"flights", []object{leg}, "meta", "x"})
		case 1:
			w := pick(a, "departures", "arrivals")
			a.call("GET", "/v1/operations/flightstatus/"+w+"/{airport}/{time}", "/v1/operations/flightstatus/"+w+"/"+from+"/"+at, 200,
				object{"flights", []object{leg}, "meta", "x"})
		case 2:
			a.call("GET", "/v1/operations/schedules/{from}/{to}/{date}", "/v1/operations/schedules/"+from+"/"+to+"/"+day, 200,
				object{"schedule", []object{{"totalJourney", "PT2H", "flight", leg}}})
		case 3:
			cabin := pick(a, "M", "C", "F")
			a.call("GET", "/v1/offers/seatmaps/{flight}/{from}/{to}/{date}/{cabin}",
				"/v1/offers/seatmaps/"+flight+"/"+from+"/"+to+"/"+day+"/"+cabin, 200, object{"seatDisplay", "x", "cabinLayout", "y"})
		case 4, 5:
			w := pick(a, "countries", "cities", "airports", "airlines", "aircraft")
			code := pick(a, "DE", "DK", "FRA", "JFK", "LH", "320", "33A", "NYC")
			a.call("GET", "/v1/references/"+w+"/{code}", "/v1/references/"+w+"/"+code, 200, object{w, []object{{"code", code, "names", "x"}}})
		case 6:
			p := fmt.Sprintf("%.3f,%.3f", 40+a.r.Float64()*10, a.r.Float64()*10)
			a.call("GET", "/v1/references/airports/nearest/{position}", "/v1/references/airports/nearest/"+p, 200,
				object{"nearest", []object{{"code", from, "distance", "7"}}})
		case 7:
			a.call("GET", "/v1/cargo/shipment/{number}", fmt.Sprintf("/v1/cargo/shipment/020-%08d", a.r.IntN(1e8)), 200,
				object{"booking", "x", "origin", from})
		case 8:
			a.call("GET", "/v1/cargo/route/{from}/{to}/{date}/{product}",
				"/v1/cargo/route/"+from+"/"+to+"/"+day+"/"+pick(a, "YNZ", "FCS", "XPS"), 200, object{"route", "x", "legs", "2"})
		}
	}
	a.call("POST", "/v1/oauth/token", "/v1/oauth/token", 200, object{"access_token", "x", "expires_in", "3600"})
}

// mailerDialect has domains directly below the version, beside words, and addresses as members.
func mailerDialect(a *api) {
	var domains []string
	for range 4 {
		domains = append(domains, pick(a, "mg.", "news.", "")+a.word(2)+pick(a, ".com", ".example.org", ".io"))
	}
	address := func() string { return a.word(2) + "@" + pick(a, domains...) }
	for range 90 {
		d, who := pick(a, domains...), address()
		switch a.r.IntN(10) {
		case 0:
			a.call("POST", "/v3/{domain}/messages", "/v3/"+d+"/messages", 200,
				object{"id", "<" + a.base62(12) + "@" + d + ">", "message", "Queued"})
		case 1, 2:
			w := pick(a, "bounces", "complaints", "unsubscribes")
			if a.chance(.5) {
				a.call("GET", "/v3/{domain}/"+w, "/v3/"+d+"/"+w, 200, object{"items", []object{{"address", who, "created_at", "x"}}})
				continue
			}
			a.call(pick(a, "GET", "DELETE"), "/v3/{domain}/"+w+"/{address}", "/v3/"+d+"/"+w+"/"+who, 200,
				object{"address", who, "created_at", "x"})
		case 3:
			a.call("GET", "/v3/{domain}/events", "/v3/"+d+"/events", 200, object{"items", []object{{"id", a.base62(22), "event", "opened"}}})
		case 4:
			a.call(pick(a, "GET", "PUT", "DELETE"), "/v3/domains/{domain}", "/v3/domains/"+d, 200,
				object{"domain", object{"name", d, "state", "active"}})
		case 5:
			w := pick(a, "click", "open", "unsubscribe")
			a.call("PUT", "/v3/domains/{domain}/tracking/"+w, "/v3/domains/"+d+"/tracking/"+w, 200,
				object{w, object{"active", "yes"}, "message", "x"})
		case 6:
			l := pick(a, "team", "news", a.word(2)) + "@" + d
			a.call("GET", "/v3/lists/{list}/members", "/v3/lists/"+l+"/members", 200,
				object{"items", []object{{"address", who, "subscribed", "true"}}})
		case 7:
			l := pick(a, "team", "news", a.word(2)) + "@" + d
			a.call("PUT", "/v3/lists/{list}/members/{address}", "/v3/lists/"+l+"/members/"+who, 200, object{"member", object{"address", who}})
		case 8:
			t := pick(a, "welcome", "receipt", a.word(2)+"-"+a.word(1))
			a.call("GET", "/v3/{domain}/templates/{name}/versions/{tag}",
				"/v3/"+d+"/templates/"+t+"/versions/"+pick(a, "initial", "v2", "holiday"), 200,

				object{"template", object{"name", t, "id", a.id(styleUUID)}})
		case 9:
			r := a.hex(24)
			a.call(pick(a, "GET", "DELETE"), "/v3/routes/{id}", "/v3/routes/"+r, 200, object{"route", object{"id", r, "priority", "0"}})
		}
	}
	for _, w := range []string{"domains", "routes", "lists/pages", "ips"} {
		a.call("GET", "/v3/"+w, "/v3/"+w, 200, object{"items", []object{{"id", a.hex(24)}}, "total_count", "1"})
	}
}

// reviewDialect has changes with three parts in their identifiers, revisions that may be called
// current, and files with encoded slashes.
func reviewDialect(a *api) {
	projects := []string{"tools%2Fbuild", "web", a.word(2), "plugins%2F" + a.word(2)}
	change := func(p string) string {
		return pick(a, fmt.Sprint(1000+a.r.IntN(9000)), p+"~main~I"+a.hex(40), p+"~"+fmt.Sprint(1000+a.r.IntN(9000)))
	}
	for range 90 {
		p := pick(a, projects...)
		c, rev := change(p), pick(a, "current", "1", "3", a.hex(40))
		file := pick(a, "src%2Fmain.go", "README.md", "docs%2F"+a.word(2)+".md", "%2FCOMMIT_MSG")
		plain := strings.ReplaceAll(p, "%2F", "/")
		info := object{"id", plain + "~main~I7", "project", plain, "branch", "main", "status", "NEW", "_number", "7"}
		at, atT := "/a/changes/"+c, "/a/changes/{change}"
		switch a.r.IntN(12) {
		case 0:
			a.call("GET", atT+"/detail", at+"/detail", 200, info)
		case 1:
			w := pick(a, "submit", "abandon", "rebase", "restore")
			a.call("POST", atT+"/"+w, at+"/"+w, 200, info)
		case 2, 3:
			a.call("POST", atT+"/revisions/{rev}/review", at+"/revisions/"+rev+"/review", 200, object{"labels", object{"Code-Review", "1"}})
		case 4:
			a.call("GET", atT+"/revisions/{rev}/files", at+"/revisions/"+rev+"/files", 200, object{file, object{"lines_inserted", "7"}})
		case 5:
			a.call("GET", atT+"/revisions/{rev}/files/{file}/diff", at+"/revisions/"+rev+"/files/"+file+"/diff", 200,
				object{"change_type", "MODIFIED", "content", "x"})
		case 6:
			a.call(pick(a, "GET", "DELETE"), atT+"/reviewers/{account}", at+"/reviewers/"+pick(a, "self", "1000096", a.word(2)), 200,
				[]object{{"_account_id", "1000096", "name", "x"}})
		case 7:
			b := pick(a, "main", "stable", "release-1.2", "refs%2Fmeta%2Fconfig")
			a.call(pick(a, "GET", "PUT"), "/a/projects/{project}/branches/{branch}", "/a/projects/"+p+"/branches/"+b, 200,
				object{"ref", "refs/heads/" + b, "revision", a.hex(40)})
		case 8:
			a.call("GET", "/a/projects/{project}/config", "/a/projects/"+p+"/config", 200, object{"description", "x", "use_signed_off_by", "y"})
		case 9:
			who := pick(a, "self", "1000096", a.word(2), a.word(2)+"%40example.com")
			w := pick(a, "emails", "sshkeys", "preferences", "groups")
			a.call("GET", "/a/accounts/{account}/"+w, "/a/accounts/"+who+"/"+w, 200, []object{{"seq", "1", w, "x"}})
		case 10:
			g := pick(a, a.hex(40), a.word(2), "Administrators")
			a.call("GET", "/a/groups/{group}/members", "/a/groups/"+g+"/members", 200, []object{{"_account_id", "1000097", "name", "y"}})
		case 11:
			a.call("GET", "/a/projects/{project}", "/a/projects/"+p, 200, object{"id", p, "name", plain, "state", "ACTIVE"})
		}
	}
	for _, w := range []string{"changes", "projects", "config/server/version", "config/server/info"} {
		a.call("GET", "/a/"+w, "/a/"+w, 200, []object{{"id", "x", "kind", "y"}})
	}
}

// buildsDialect has projects of three parts below one singular noun, and variables in capitals.
func buildsDialect(a *api) {
	var slugs []string
	for range 5 {
		slugs = append(slugs, pick(a, "gh", "bb", "gh")+"/"+a.id(styleWord)+"/"+a.id(styleSlug))
	}
	const slug = "{vcs}/{org}/{repo}"
	for range 90 {
		s, u := pick(a, slugs...), a.id(styleUUID)
		flow := pick(a, "build", "build-and-test", "nightly", "deploy")
		switch a.r.IntN(12) {
		case 0, 1:
			a.call(pick(a, "GET", "POST"), "/api/v2/project/"+slug+"/pipeline", "/api/v2/project/"+s+"/pipeline", 200,
				object{"items", []object{{"id", u, "project_slug", s, "state", "created"}}, "next_page_token", "x"})
		case 2:
			name := pick(a, "AWS_KEY", "NPM_TOKEN", "SENTRY_DSN", "CI")
			a.call(pick(a, "GET", "DELETE"), "/api/v2/project/"+slug+"/envvar/{name}", "/api/v2/project/"+s+"/envvar/"+name, 200,
				object{"name", name, "value", "xxxx1"})
		case 3:
			a.call("GET", "/api/v2/project/"+slug+"/job/{number}", fmt.Sprintf("/api/v2/project/%s/job/%d", s, a.r.IntN(5000)), 200,
				object{"number", "7", "web_url", "x", "status", "success"})
		case 4:
			a.call("GET", "/api/v2/insights/"+slug+"/workflows", "/api/v2/insights/"+s+"/workflows", 200,
				object{"items", []object{{"name", flow, "metrics", "x"}}, "next_page_token", "y"})
		case 5, 6:
			a.call("GET", "/api/v2/insights/"+slug+"/workflows/{name}/jobs", "/api/v2/insights/"+s+"/workflows/"+flow+"/jobs", 200,
				object{"items", []object{{"name", pick(a, "lint", "unit", "e2e"), "metrics", "x"}}, "next_page_token", "y"})
		case 7:
			a.call("GET", "/api/v2/workflow/{id}/job", "/api/v2/workflow/"+u+"/job", 200,
				object{"items", []object{{"id", a.id(styleUUID), "name", "unit", "project_slug", s}}, "next_page_token", "x"})
		case 8:
			w := pick(a, "cancel", "rerun")
			a.call("POST", "/api/v2/workflow/{id}/"+w, "/api/v2/workflow/"+u+"/"+w, 202, object{"message", "Accepted."})
		case 9:
			a.call("GET", "/api/v2/pipeline/{id}/config", "/api/v2/pipeline/"+u+"/config", 200, object{"source", "x", "compiled", "y"})
		case 10:
			name := pick(a, "DEPLOY_KEY", "REGION", "TOKEN")
			a.call("PUT", "/api/v2/context/{id}/environment-variable/{name}", "/api/v2/context/"+u+"/environment-variable/"+name, 200,
				object{"variable", name, "context_id", u})
		case 11:
			a.call("GET", "/api/v2/project/"+slug, "/api/v2/project/"+s, 200, object{"slug", s, "name", "x", "organization_name", "y"})
		}
	}
	for _, w := range []string{"me", "me/collaborations", "context"} {
		a.call("GET", "/api/v2/"+w, "/api/v2/"+w, 200, object{"id", a.id(styleUUID), "login", "x"})
	}
}

// leagueDialect has codes of teams, seasons of eight digits, and words for the present beside dates.
func leagueDialect(a *api) {
	teams := strings.Fields("TOR MTL BOS NYR EDM VGK SEA")
	for range 90 {
		t, season := pick(a, teams...), pick(a, "20232024", "20222023", "20242025")
		player, game := fmt.Sprint(8470000+a.r.IntN(9000)), fmt.Sprint(2023020000+a.r.IntN(1300))
		day := pick(a, a.isoDay(), a.isoDay(), a.isoDay(), "now")
		switch a.r.IntN(10) {
		case 0:
			s := pick(a, season, "current")
			a.call("GET", "/v1/roster/{team}/"+apart(s, "{season}"), "/v1/roster/"+t+"/"+s, 200,
				object{"forwards", []object{{"id", player}}, "goalies", "x"})
		case 1:
			a.call("GET", "/v1/player/{id}/landing", "/v1/player/"+player+"/landing", 200, object{"playerId", player, "currentTeamAbbrev", t})
		case 2:
			a.call("GET", "/v1/player/{id}/game-log/{season}/{type}", "/v1/player/"+player+"/game-log/"+season+"/"+pick(a, "2", "3"), 200,
				object{"seasonId", season, "gameLog", "x"})
		case 3:
			a.call("GET", "/v1/standings/"+apart(day, "{date}"), "/v1/standings/"+day, 200,
				object{"standings", []object{{"teamAbbrev", t, "wins", "7"}}})
		case 4:
			a.call("GET", "/v1/schedule/"+apart(day, "{date}"), "/v1/schedule/"+day, 200, object{"gameWeek", "x", "nextStartDate", "y"})
		case 5, 6:
			w := pick(a, "boxscore", "play-by-play", "landing")
			a.call("GET", "/v1/gamecenter/{id}/"+w, "/v1/gamecenter/"+game+"/"+w, 200,
				object{"id", game, "season", season, strings.ReplaceAll(w, "-", ""), "x"})
		case 7:
			a.call("GET", "/v1/club-stats/{team}/{season}/{type}", "/v1/club-stats/"+t+"/"+season+"/"+pick(a, "2", "3"), 200,
				object{"season", season, "skaters", "x"})
		case 8:
			a.call("GET", "/v1/club-schedule/{team}/month/{month}", "/v1/club-schedule/"+t+"/month/"+fmt.Sprintf("2024-%02d", 1+a.r.IntN(12)), 200,
				object{"clubTimezone", "x", "games", "y"})
		case 9:
			w := pick(a, "skater-stats-leaders", "goalie-stats-leaders")
			a.call("GET", "/v1/"+w+"/{season}/{type}", "/v1/"+w+"/"+season+"/2", 200, object{"goals", "x", "points", "y"})
		}
	}
	for _, w := range []string{"season", "standings-season", "schedule-calendar/now", "network/tv-schedule/now"} {
		a.call("GET", "/v1/"+w, "/v1/"+w, 200, object{"seasons", "x", w, "y"})
	}
	for _, w := range []string{"schedule-calendar/", "network/tv-schedule/"} {
		a.call("GET", "/v1/"+w+"{date}", "/v1/"+w+a.isoDay(), 200, object{"seasons", "x", w, "y"})
	}
}

// apart returns the template of a segment: words for the present are described apart.
func apart(segment, parameter string) string {
	if segment == "now" || segment == "current" || segment == "latest" {
		return segment
	}
	return parameter
}
