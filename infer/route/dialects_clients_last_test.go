package route

import (
	"fmt"
	"strings"
)

// quotesDialect has tickers, periods, days and pairs of currencies in the path.
func quotesDialect(a *api) {
	s := &suite{api: a}
	tickers := []string{"AAPL", "MSFT", "BRK.A", "X:BTCUSD", "TSLA", "O:SPY251219C00650000"}
	for range 120 {
		t, d, e := pick(a, tickers...), s.day(), s.day()
		bar := object{"v", 70790813, "vw", 131.6, "o", 130.4, "c", 130.1, "t", 1673240400000, "n", 645365}
		switch a.r.IntN(12) {
		case 0, 1:
			s.get("/v2/aggs/ticker/{ticker}/range/{multiplier}/{timespan}/{from}/{to}", "/v2/aggs/ticker/"+t+"/range/"+a.id(styleSmall)+"/"+pick(a, "day", "minute", "hour", "week")+"/"+d+"/"+e+"?adjusted=true",
				object{"ticker", t, "queryCount", 2, "adjusted", true, "results", []object{bar}, "status", "OK", "request_id", a.hex(32)})
		case 2:
			s.get("/v2/aggs/ticker/{ticker}/prev", "/v2/aggs/ticker/"+t+"/prev", object{"ticker", t, "results", []object{bar}, "status", "OK"})
		case 3:
			s.get("/v2/aggs/grouped/locale/us/market/stocks/{date}", "/v2/aggs/grouped/locale/us/market/stocks/"+d, object{"queryCount", 2, "results", []object{append(object{"T", t}, bar...)}, "status", "OK"})
		case 4:
			s.get("/v1/open-close/{ticker}/{date}", "/v1/open-close/"+t+"/"+d, object{"status", "OK", "from", d, "symbol", t, "open", 324.6, "close", 325.1})
		case 5:
			s.get("/v3/reference/tickers/{ticker}", "/v3/reference/tickers/"+t, object{"results", object{"ticker", t, "name", a.vendor(), "market", "stocks", "locale", "us", "cik", a.id(styleInt)}, "status", "OK"})
		case 6:
			s.get("/v2/snapshot/locale/us/markets/stocks/tickers/{ticker}", "/v2/snapshot/locale/us/markets/stocks/tickers/"+t, object{"ticker", object{"ticker", t, "day", bar, "todaysChange", 1.2}, "status", "OK"})
		case 7:
			w := pick(a, "gainers", "losers", "tickers")
			s.get("/v2/snapshot/locale/us/markets/stocks/"+w, "/v2/snapshot/locale/us/markets/stocks/"+w, object{"tickers", []object{{"ticker", t, "day", bar}}, "status", "OK"})
		case 8:
			s.get("/v2/last/"+"trade/{ticker}", "/v2/last/trade/"+t, object{"results", object{"T", t, "p", 129.8, "s", 25}, "status", "OK"})
			s.get("/v2/last/nbbo/{ticker}", "/v2/last/nbbo/"+t, object{"results", object{"T", t, "P", 127.9, "S", 22}, "status", "OK"})
		case 9:
			x, y := pick(a, "USD", "EUR", "AUD"), pick(a, "CAD", "JPY", "GBP")
			s.get("/v1/conversion/{from}/{to}", "/v1/conversion/"+x+"/"+y+"?amount=100", object{"from", x, "to", y, "initialAmount", 100, "converted", 73.1, "status", "success"})
		case 10:
			w := pick(a, "sma", "ema", "macd", "rsi")
			s.get("/v1/indicators/"+w+"/{ticker}", "/v1/indicators/"+w+"/"+t, object{"results", object{"underlying", object{"url", "https://q.example/v2/aggs/ticker/" + t}, "values", []object{{"timestamp", 17, "value", 3.1}}}, "status", "OK"})
		case 11:
			w := pick(a, "v3/reference/tickers", "v3/reference/dividends", "v3/reference/exchanges", "v1/marketstatus/now", "v1/marketstatus/upcoming", "v2/reference/news")
			s.get("/"+w, "/"+w, object{"results", []object{{"ticker", t, w, "x"}}, "status", "OK"})
		}
	}
	s.noise(25)
}

// guildsDialect has ids of digits, tokens behind them, emoji as keys, and "@me".
func guildsDialect(a *api) {
	s := &suite{api: a}
	snow := func() string { return "1" + a.id(styleInt) + a.id(styleInt) + a.id(styleInt) }
	guilds, channels, messages, users, roles := some(3, snow), some(5, snow), some(8, snow), some(5, snow), some(4, snow)
	for range 150 {
		g, c, m, u, r := pick(a, guilds...), pick(a, channels...), pick(a, messages...), pick(a, users...), pick(a, roles...)
		user := object{"id", u, "username", a.name(), "discriminator", "0", "avatar", a.hex(32)}
		msg := object{"id", m, "channel_id", c, "author", user, "content", "x", "timestamp", s.when(), "type", 0, "pinned", false}
		emoji := pick(a, "%F0%9F%91%8D", "%F0%9F%8E%89", a.word(2)+"%3A"+snow())
		switch a.r.IntN(17) {
		case 0:
			s.do(pick(a, "GET", "PATCH", "DELETE"), "/api/v10/channels/{channel_id}", "/api/v10/channels/"+c, nil, 200, object{"id", c, "type", 0, "guild_id", g, "name", a.name(), "position", 3})
		case 1, 2:
			s.do("POST", "/api/v10/channels/{channel_id}/messages", "/api/v10/channels/"+c+"/messages", object{"content", "x", "tts", false}, 200, msg)
		case 3:
			s.get("/api/v10/channels/{channel_id}/messages", "/api/v10/channels/"+c+"/messages?limit=50", []object{msg})
		case 4:
			s.do(pick(a, "GET", "PATCH", "DELETE"), "/api/v10/channels/{channel_id}/messages/{message_id}", "/api/v10/channels/"+c+"/messages/"+m, nil, 200, msg)
		case 5:
			s.do(pick(a, "PUT", "DELETE"), "/api/v10/channels/{channel_id}/messages/{message_id}/reactions/{emoji}/@me", "/api/v10/channels/"+c+"/messages/"+m+"/reactions/"+emoji+"/@me", nil, 204, nil)
		case 6:
			s.get("/api/v10/channels/{channel_id}/messages/{message_id}/reactions/{emoji}", "/api/v10/channels/"+c+"/messages/"+m+"/reactions/"+emoji, []object{user})
		case 7:
			s.do("DELETE", "/api/v10/channels/{channel_id}/messages/{message_id}/reactions/{emoji}/{user_id}", "/api/v10/channels/"+c+"/messages/"+m+"/reactions/"+emoji+"/"+u, nil, 204, nil)
		case 8:
			s.do("POST", "/api/v10/channels/{channel_id}/messages/bulk-delete", "/api/v10/channels/"+c+"/messages/bulk-delete", object{"messages", []any{m}}, 204, nil)
		case 9:
			s.do(pick(a, "GET", "PATCH"), "/api/v10/guilds/{guild_id}", "/api/v10/guilds/"+g, nil, 200, object{"id", g, "name", "x", "owner_id", u, "roles", []object{{"id", r, "name", "x"}}})
		case 10:
			s.do(pick(a, "GET", "PATCH", "DELETE"), "/api/v10/guilds/{guild_id}/members/{user_id}", "/api/v10/guilds/"+g+"/members/"+u, nil, 200, object{"user", user, "roles", []any{r}, "joined_at", s.when()})
		case 11:
			s.do(pick(a, "PUT", "DELETE"), "/api/v10/guilds/{guild_id}/members/{user_id}/roles/{role_id}", "/api/v10/guilds/"+g+"/members/"+u+"/roles/"+r, nil, 204, nil)
		case 12:
			w := pick(a, "channels", "members", "roles", "bans", "webhooks", "audit-logs", "emojis")
			s.get("/api/v10/guilds/{guild_id}/"+w, "/api/v10/guilds/"+g+"/"+w, []object{{"id", snow(), w, "x"}})
		case 13:
			w := pick(a, "", "/guilds", "/connections")
			s.get("/api/v10/users/@me"+w, "/api/v10/users/@me"+w, user)
			s.get("/api/v10/users/{user_id}", "/api/v10/users/"+u, user)
		case 14:
			h, t := snow(), a.base62(68)
			s.do("POST", "/api/v10/webhooks/{webhook_id}/{webhook_token}", "/api/v10/webhooks/"+h+"/"+t, object{"content", "x"}, 204, nil)
			s.get("/api/v10/webhooks/{webhook_id}", "/api/v10/webhooks/"+h, object{"id", h, "type", 1, "token", t, "channel_id", c})
		case 15:
			i := a.base62(8)
			s.get("/api/v10/invites/{invite_code}", "/api/v10/invites/"+i, object{"code", i, "guild", object{"id", g, "name", "x"}, "channel", object{"id", c}})
		case 16:
			w := pick(a, "gateway", "gateway/bot", "voice/regions", "sticker-packs", "oauth2/applications/@me", "applications/@me")
			s.get("/api/v10/"+w, "/api/v10/"+w, object{"url", "wss://x.example", w, "x"})
		}
	}
	s.noise(40)
}

// booksDialect keeps the books of companies: singular nouns, reports called by compounds, and
// attachments by the names of files.
func booksDialect(a *api) {
	s := &suite{api: a}
	companies := some(2, func() string { return "46208163" + a.id(styleInt) })
	kinds := []string{"invoice", "customer", "bill", "vendor", "item", "payment", "estimate"}
	uuids := some(7, func() string { return a.id(styleUUID) })
	for range 140 {
		co, k, u := pick(a, companies...), pick(a, kinds...), pick(a, uuids...)
		at, atT := "/v3/company/"+co, "/v3/company/{realmId}"
		upper := strings.ToUpper(k[:1]) + k[1:]
		id := fmt.Sprint(1 + a.r.IntN(300))
		thing := object{upper, object{"Id", id, "SyncToken", "0", "domain", "QBO", k + "Ref", object{"value", "3", "name", "x"}, "MetaData", object{"CreateTime", s.when()}}, "time", s.when()}
		switch a.r.IntN(12) {
		case 0, 1, 2, 3:
			s.get(atT+"/"+k+"/{id}", at+"/"+k+"/"+id+"?minorversion=65", thing)
		case 4, 5:
			s.do("POST", atT+"/"+k, at+"/"+k, object{"Line", []object{{"Amount", 100.0}}, "SyncToken", "0"}, 200, thing)
		case 6:
			s.get(atT+"/invoice/{id}/pdf", at+"/invoice/"+id+"/pdf", nil)
			s.do("POST", atT+"/invoice/{id}/send", at+"/invoice/"+id+"/send", nil, 200, thing)
		case 7:
			w := pick(a, "ProfitAndLoss", "BalanceSheet", "CashFlow", "TrialBalance", "AgedReceivables")
			s.get(atT+"/reports/{reportName}", at+"/reports/"+w+"?start_date="+s.day(), object{"Header", object{"ReportName", w, "Currency", "USD", "Time", s.when()}, "Columns", object{}, "Rows", object{}})
		case 8:
			s.get(atT+"/query", at+"/query?query=select", object{"QueryResponse", object{upper, []object{thing[1].(object)}, "startPosition", 1, "maxResults", 7}})
		case 9:
			s.get(atT+"/companyinfo/{companyId}", at+"/companyinfo/"+co, object{"CompanyInfo", object{"CompanyName", "x", "Id", "1"}})
		case 10:
			n := a.word(2) + pick(a, ".pdf", ".png", "-scan.pdf")
			s.do(pick(a, "GET", "PUT"), "/api.xro/2.0/Invoices/{InvoiceID}/Attachments/{FileName}", "/api.xro/2.0/Invoices/"+u+"/Attachments/"+n, nil, 200, object{"Attachments", []object{{"AttachmentID", a.id(styleUUID), "FileName", n, "MimeType", "x"}}})
			s.get("/api.xro/2.0/Invoices/{InvoiceID}", "/api.xro/2.0/Invoices/"+u, object{"Id", a.id(styleUUID), "Status", "OK", "Invoices", []object{{"InvoiceID", u, "InvoiceNumber", "INV-" + a.id(styleInt), "Type", "ACCREC"}}})
		case 11:
			w := pick(a, "Reports/BalanceSheet", "Reports/TrialBalance", "Organisation", "Accounts", "Invoices", "Contacts", "Currencies", "TaxRates")
			s.get("/api.xro/2.0/"+w, "/api.xro/2.0/"+w, object{"Id", a.id(styleUUID), "Status", "OK", w[:4], []object{{"x", "y"}}})
		}
	}
	s.noise(30)
}

// rackDialect runs virtual machines: lists with details, actions as bodies, keys by name, and
// members of members by three identifiers.
func rackDialect(a *api) {
	s := &suite{api: a}
	hex := func() string { return a.hex(32) }
	servers, volumes, projects, users := some(5, func() string { return a.id(styleUUID) }), some(4, func() string { return a.id(styleUUID) }), some(3, hex), some(3, hex)
	roles := some(3, hex)
	containers := []string{"backups", a.word(2), "web-assets", a.name()}
	for range 150 {
		v, w, p, u, r, c := pick(a, servers...), pick(a, volumes...), pick(a, projects...), pick(a, users...), pick(a, roles...), pick(a, containers...)
		link := []object{{"href", "http://c.example/v2.1/servers/" + v, "rel", "self"}}
		server := object{"id", v, "name", a.word(2), "status", "ACTIVE", "tenant_id", p, "user_id", u, "links", link}
		switch a.r.IntN(16) {
		case 0:
			s.get("/v2.1/servers", "/v2.1/servers?limit=10", object{"servers", []object{{"id", v, "name", "x", "links", link}}})
		case 1:
			s.get("/v2.1/servers/detail", "/v2.1/servers/detail", object{"servers", []object{server}})
		case 2, 3:
			s.do(pick(a, "GET", "PUT", "DELETE"), "/v2.1/servers/{server_id}", "/v2.1/servers/"+v, nil, 200, object{"server", server})
		case 4:
			s.do("POST", "/v2.1/servers/{server_id}/action", "/v2.1/servers/"+v+"/action", object{pick(a, "reboot", "os-start", "resize"), nil}, 202, nil)
		case 5:
			s.get("/v2.1/servers/{server_id}/os-volume_attachments/{volume_id}", "/v2.1/servers/"+v+"/os-volume_attachments/"+w, object{"volumeAttachment", object{"id", w, "serverId", v, "volumeId", w, "device", "/dev/vdb"}})
		case 6:
			k := pick(a, "ips", "metadata", "os-interface", "os-security-groups", "diagnostics")
			s.get("/v2.1/servers/{server_id}/"+k, "/v2.1/servers/"+v+"/"+k, object{k, object{"x", "y"}})
		case 7:
			k := pick(a, a.name(), a.word(2)+"-key", "default")
			s.do(pick(a, "GET", "DELETE"), "/v2.1/os-keypairs/{keypair_name}", "/v2.1/os-keypairs/"+k, nil, 200, object{"keypair", object{"name", k, "fingerprint", "1e:2c", "type", "ssh", "user_id", u}})
		case 8:
			f := pick(a, "1", "2", "42", "m1.small")
			s.get("/v2.1/flavors/{flavor_id}", "/v2.1/flavors/"+f, object{"flavor", object{"id", f, "name", "m1.small", "ram", 2048, "vcpus", 1}})
		case 9:
			s.get("/v2.1/flavors/detail", "/v2.1/flavors/detail", object{"flavors", []object{{"id", "1", "name", "m1.tiny", "ram", 512}}})
		case 10:
			s.do(pick(a, "PUT", "DELETE", "HEAD"), "/v3/projects/{project_id}/users/{user_id}/roles/{role_id}", "/v3/projects/"+p+"/users/"+u+"/roles/"+r, nil, 204, nil)
		case 11:
			k := pick(a, "projects", "users", "roles", "domains")
			s.get("/v3/"+k+"/{id}", "/v3/"+k+"/"+p, object{strings.TrimSuffix(k, "s"), object{"id", p, "name", a.name(), "enabled", true, "links", object{"self", "http://k.example/v3/" + k + "/" + p}}})
		case 12:
			k := pick(a, "", "/"+a.word(2)+".tar.gz", "/2026/"+a.word(2)+".log")
			if k == "" {
				s.get("/v1/{account}/{container}", "/v1/AUTH_"+p+"/"+c+"?format=json", []object{{"name", "x.tar.gz", "hash", a.hex(32), "bytes", 14}})
			} else if strings.Count(k, "/") == 1 {
				s.do(pick(a, "GET", "PUT", "HEAD", "DELETE"), "/v1/{account}/{container}/{object}", "/v1/AUTH_"+p+"/"+c+k, nil, 200, nil)
			}
		case 13:
			s.get("/v3/{project_id}/volumes/{volume_id}", "/v3/"+p+"/volumes/"+w, object{"volume", object{"id", w, "name", "x", "size", 10, "status", "available"}})
			s.get("/v3/{project_id}/volumes/detail", "/v3/"+p+"/volumes/detail", object{"volumes", []object{{"id", w, "name", "x", "size", 10}}})
		case 14:
			n := pick(a, "networks", "subnets", "ports", "routers", "security-groups")
			s.get("/v2.0/"+n, "/v2.0/"+n, object{strings.ReplaceAll(n, "-", "_"), []object{{"id", a.id(styleUUID), "name", "x", "tenant_id", p}}})
			i := a.id(styleUUID)
			s.get("/v2.0/"+n+"/{id}", "/v2.0/"+n+"/"+i, object{strings.TrimSuffix(n, "s"), object{"id", i, "name", "x", "tenant_id", p}})
		case 15:
			k := pick(a, "v3/auth/tokens", "v3/auth/catalog", "v2.1/limits", "v2.1/os-services", "v2.1/os-availability-zone", "v2.1", "v3")
			s.get("/"+k, "/"+k, object{k, object{"x", "y"}})
		}
	}
	s.noise(30)
}

// forumDialect has communities and people at one letter, listings of them, and posts by id.
func forumDialect(a *api) {
	s := &suite{api: a}
	subs := []string{"golang", "AskReddit", a.word(3), "de", a.name()}
	people := []string{a.name(), a.word(2) + "_" + a.id(styleSmall), a.vendor()}
	for range 130 {
		r, u, id := pick(a, subs...), pick(a, people...), strings.ToLower(a.base62(7))
		post := object{"kind", "t3", "data", object{"subreddit", r, "author", u, "title", a.name(), "name", "t3_" + id, "id", id, "ups", 7, "permalink", "/r/" + r + "/comments/" + id + "/x/"}}
		list := func(x ...object) object {
			return object{"kind", "Listing", "data", object{"after", "t3_" + id, "dist", 25, "children", x}}
		}
		switch a.r.IntN(12) {
		case 0, 1:
			w := pick(a, "hot", "new", "top", "rising")
			s.get("/r/{subreddit}/"+w, "/r/"+r+"/"+w+"?limit=25", list(post, post))
		case 2:
			s.get("/r/{subreddit}/about", "/r/"+r+"/about", object{"kind", "t5", "data", object{"display_name", r, "subscribers", 7, "id", a.base62(5), "title", "x"}})
		case 3:
			w := pick(a, "moderators", "rules", "banned", "modqueue")
			s.get("/r/{subreddit}/about/"+w, "/r/"+r+"/about/"+w, object{"kind", "UserList", "data", object{"children", []object{{"name", u, "id", "t2_" + id}}}})
		case 4, 5:
			s.get("/r/{subreddit}/comments/{article}", "/r/"+r+"/comments/"+id, []object{list(post), list(object{"kind", "t1", "data", object{"id", a.base62(7), "body", "x", "author", u}})})
		case 6:
			w := pick(a, "", "/"+pick(a, "config/sidebar", "index", a.word(2)))
			if w == "" {
				s.get("/r/{subreddit}/wiki/pages", "/r/"+r+"/wiki/pages", object{"kind", "wikipagelisting", "data", []any{"index"}})
			} else if strings.Count(w, "/") == 1 {
				s.get("/r/{subreddit}/wiki/{page}", "/r/"+r+"/wiki"+w, object{"kind", "wikipage", "data", object{"content_md", "x", "revision_date", 17}})
			}
		case 7:
			s.get("/user/{username}/about", "/user/"+u+"/about", object{"kind", "t2", "data", object{"name", u, "id", id, "link_karma", 7}})
		case 8:
			w := pick(a, "submitted", "comments", "overview", "saved")
			s.get("/user/{username}/"+w, "/user/"+u+"/"+w, list(post))
		case 9:
			w := pick(a, "vote", "comment", "submit", "subscribe", "save", "del")
			s.do("POST", "/api/"+w, "/api/"+w, object{"id", "t3_" + id, "dir", 1}, 200, object{"json", object{"errors", []object{}}})
		case 10:
			w := pick(a, "me", "me/karma", "me/prefs", "me/trophies")
			s.get("/api/v1/"+w, "/api/v1/"+w, object{"name", u, w, "x"})
		case 11:
			w := pick(a, "subreddits/popular", "subreddits/new", "subreddits/mine/subscriber", "message/inbox", "message/unread", "best", "search", "r/random")
			if w == "r/random" {
				w = "best"
			}
			s.get("/"+w, "/"+w, list(post))
		}
	}
	s.noise(25)
}

// cinemaDialect is a server of media: capitalized nouns, identifiers of hex digits, types of images
// in the path and endings of streams.
func cinemaDialect(a *api) {
	s := &suite{api: a}
	items, users, sessions := some(8, func() string { return a.hex(32) }), some(3, func() string { return a.hex(32) }), some(3, func() string { return a.hex(32) })
	for range 140 {
		i, u, x := pick(a, items...), pick(a, users...), pick(a, sessions...)
		item := object{"Name", a.name(), "ServerId", a.hex(32), "Id", i, "Type", pick(a, "Movie", "Episode", "Series"), "MediaType", "Video", "ImageTags", object{"Primary", a.hex(32)}}
		list := object{"Items", []object{item, item}, "TotalRecordCount", 2, "StartIndex", 0}
		switch a.r.IntN(15) {
		case 0, 1:
			s.get("/Users/{userId}/Items/{itemId}", "/Users/"+u+"/Items/"+i, item)
		case 2:
			s.get("/Users/{userId}/Items", "/Users/"+u+"/Items?Limit=20&Recursive=true", list)
		case 3:
			w := pick(a, "Latest", "Resume", "Root")
			s.get("/Users/{userId}/Items/"+w, "/Users/"+u+"/Items/"+w, map[bool]any{true: []object{item}, false: list}[w == "Latest"])
		case 4:
			s.do(pick(a, "POST", "DELETE"), "/Users/{userId}/FavoriteItems/{itemId}", "/Users/"+u+"/FavoriteItems/"+i, nil, 200, object{"IsFavorite", true, "Key", i})
		case 5:
			s.get("/Users/{userId}", "/Users/"+u, object{"Name", a.name(), "Id", u, "HasPassword", true, "Policy", object{"IsAdministrator", false}})
		case 6, 7:
			t := pick(a, "Primary", "Backdrop", "Logo", "Thumb")
			s.get("/Items/{itemId}/Images/{imageType}", "/Items/"+i+"/Images/"+t+"?tag="+a.hex(32), nil)
		case 8:
			t := pick(a, "Primary", "Backdrop")
			s.get("/Items/{itemId}/Images/{imageType}/{imageIndex}", "/Items/"+i+"/Images/"+t+"/"+fmt.Sprint(a.r.IntN(3)), nil)
		case 9:
			w := pick(a, "Similar", "PlaybackInfo", "Ancestors", "ThemeMedia")
			s.get("/Items/{itemId}/"+w, "/Items/"+i+"/"+w, object{w, []object{item}})
		case 10:
			s.get("/Videos/{itemId}/stream.{container}", "/Videos/"+i+"/stream."+pick(a, "mp4", "mkv", "ts"), nil)
		case 11:
			w := pick(a, "Seasons", "Episodes")
			s.get("/Shows/{seriesId}/"+w, "/Shows/"+i+"/"+w, list)
		case 12:
			v := pick(a, "Stop", "Pause", "Unpause", "NextTrack", "Seek")
			s.do("POST", "/Sessions/{sessionId}/Playing/{command}", "/Sessions/"+x+"/Playing/"+v, nil, 204, nil)
		case 13:
			w := pick(a, "", "/Progress", "/Stopped")
			s.do("POST", "/Sessions/Playing"+w, "/Sessions/Playing"+w, object{"ItemId", i, "PositionTicks", 7}, 204, nil)
		case 14:
			w := pick(a, "System/Info", "System/Info/Public", "System/Ping", "Users", "Users/Public", "Users/Me", "Sessions", "Library/VirtualFolders", "ScheduledTasks", "Plugins", "Genres", "Artists", "Branding/Configuration")
			s.get("/"+w, "/"+w, object{w, "x", "Version", "10.8"})
		}
	}
	s.noise(30)
}
