package route

import (
	"fmt"
	"strings"
)

// chainDialect has modules with versions of their own, long addresses, and heights or latest.
func chainDialect(a *api) {
	prefix := pick(a, "cosmos", "osmo", a.word(2))
	address := func() string { return prefix + "1" + strings.ToLower(a.base32(38)) }
	validator := func() string { return prefix + "valoper1" + strings.ToLower(a.base32(38)) }
	for range 90 {
		who, val := address(), validator()
		n := fmt.Sprint(1 + a.r.IntN(900))
		coin := object{"denom", "u" + a.word(1), "amount", "700"}
		page := object{"next_key", "x", "total", "1"}
		switch a.r.IntN(12) {
		case 0:
			a.call("GET", "/cosmos/bank/v1beta1/balances/{address}", "/cosmos/bank/v1beta1/balances/"+who, 200,
				object{"balances", []object{coin}, "pagination", page})
		case 1:
			a.call("GET", "/cosmos/bank/v1beta1/balances/{address}/by_denom", "/cosmos/bank/v1beta1/balances/"+who+"/by_denom", 200,
				object{"balance", coin})
		case 2:
			a.call("GET", "/cosmos/staking/v1beta1/validators/{validator}", "/cosmos/staking/v1beta1/validators/"+val, 200,
				object{"validator", object{"operator_address", val, "jailed", "false"}})
		case 3:
			a.call("GET", "/cosmos/staking/v1beta1/validators/{validator}/delegations/{delegator}",
				"/cosmos/staking/v1beta1/validators/"+val+"/delegations/"+who, 200,
				object{"delegation_response", object{"delegation", object{"delegator_address", who, "validator_address", val}}})
		case 4:
			a.call("GET", "/cosmos/distribution/v1beta1/delegators/{delegator}/rewards",
				"/cosmos/distribution/v1beta1/delegators/"+who+"/rewards", 200,

				object{"rewards", []object{{"validator_address", val, "reward", "x"}}, "total", "7"})
		case 5, 6:
			h := pick(a, "latest", fmt.Sprint(1000000+a.r.IntN(1e6)))
			t := "{height}"
			if h == "latest" {
				t = h
			}
			a.call("GET", "/cosmos/base/tendermint/v1beta1/blocks/"+t, "/cosmos/base/tendermint/v1beta1/blocks/"+h, 200,
				object{"block_id", object{"hash", a.base62(40)}, "block", object{"header", object{"height", "7"}}})
		case 7:
			a.call("GET", "/cosmos/gov/v1/proposals/{id}/votes/{voter}", "/cosmos/gov/v1/proposals/"+n+"/votes/"+who, 200,
				object{"vote", object{"proposal_id", n, "voter", who, "options", "x"}})
		case 8:
			w := pick(a, "tally", "deposits", "votes")
			a.call("GET", "/cosmos/gov/v1/proposals/{id}/"+w, "/cosmos/gov/v1/proposals/"+n+"/"+w, 200, object{w, "x", "pagination", page})
		case 9:
			w := pick(a, "client_state", "packet_commitments", "next_sequence")
			a.call("GET", "/ibc/core/channel/v1/channels/{channel}/ports/{port}/"+w,
				"/ibc/core/channel/v1/channels/channel-"+n+"/ports/"+pick(a, "transfer", "icahost", "wasm."+who)+"/"+w, 200,
				object{w, "x", "height", "y"})
		case 10:
			h := strings.ToUpper(a.hex(64))
			a.call("GET", "/cosmos/tx/v1beta1/txs/{hash}", "/cosmos/tx/v1beta1/txs/"+h, 200,
				object{"tx", "x", "tx_response", object{"txhash", h, "height", "7"}})
		case 11:
			m := pick(a, "bank", "staking", "slashing", "mint", "distribution")
			a.call("GET", "/cosmos/"+m+"/v1beta1/params", "/cosmos/"+m+"/v1beta1/params", 200,
				object{"params", object{m + "_enabled", "x", "window", "7"}})
		}
	}
	for _, w := range []string{"cosmos/base/tendermint/v1beta1/node_info", "cosmos/base/tendermint/v1beta1/syncing",
		"cosmos/bank/v1beta1/supply",
		"cosmos/staking/v1beta1/pool", "ibc/core/channel/v1/channels"} {
		a.call("GET", "/"+w, "/"+w, 200, object{strings.ReplaceAll(w, "/", "_"), "x", "y", "z"})
	}
}

// screensDialect has capitalized nouns, images by type and index, files with a format, and items
// that are known by identifier or by name.
func screensDialect(a *api) {
	genres, artists := []string{"Drama", "Comedy", "Sci-Fi", "Film%20Noir"}, []string{"Kobami", "Velren%20Tas", "The%20Dorsels"}
	item := func(id string) object {
		return object{"Id", id, "Name", "x", "Type", pick(a, "Movie", "Episode"), "UserData", object{"Played", "true"}}
	}
	users := []string{a.hex(32), a.hex(32), a.hex(32)}
	for range 100 {
		u, i := pick(a, users...), a.hex(32)
		switch a.r.IntN(14) {
		case 0:
			a.call("GET", "/Users/{userId}/Items", "/Users/"+u+"/Items", 200, object{"Items", []object{item(i)}, "TotalRecordCount", "1"})
		case 1:
			a.call("GET", "/Users/{userId}/Items/{itemId}", "/Users/"+u+"/Items/"+i, 200, item(i))
		case 2:
			w := pick(a, "Latest", "Resume")
			a.call("GET", "/Users/{userId}/Items/"+w, "/Users/"+u+"/Items/"+w, 200, []object{item(i)})
		case 3, 4:
			k := pick(a, "Primary", "Backdrop", "Logo", "Thumb")
			if a.chance(.5) {
				a.call("GET", "/Items/{itemId}/Images/{type}", "/Items/"+i+"/Images/"+k, 200, nil)
				continue
			}
			a.call(pick(a, "GET", "DELETE"), "/Items/{itemId}/Images/{type}/{index}", "/Items/"+i+"/Images/"+k+"/"+a.id(styleSmall), 200, nil)
		case 5:
			a.call("GET", "/Videos/{itemId}/stream."+"{container}", "/Videos/"+i+"/stream."+pick(a, "mp4", "mkv", "ts"), 200, nil)
		case 6:
			w := pick(a, "Episodes", "Seasons")
			a.call("GET", "/Shows/{id}/"+w, "/Shows/"+i+"/"+w, 200, object{"Items", []object{item(i)}, "TotalRecordCount", "1"})
		case 7:
			g := pick(a, genres...)
			a.call("GET", "/Genres/{name}", "/Genres/"+g, 200, object{"Name", strings.ReplaceAll(g, "%20", " "), "Id", a.hex(32), "Type", "Genre"})
		case 8:
			g := pick(a, artists...)
			a.call("GET", "/Artists/{name}", "/Artists/"+g, 200,
				object{"Name", strings.ReplaceAll(g, "%20", " "), "Id", a.hex(32), "Type", "MusicArtist"})
		case 9:
			a.call("POST", "/Sessions/{id}/Playing/{command}", "/Sessions/"+i+"/Playing/"+pick(a, "Pause", "Stop", "NextTrack", "Seek"), 204, nil)
		case 10:
			a.call(pick(a, "POST", "DELETE"), "/Users/{userId}/FavoriteItems/{itemId}", "/Users/"+u+"/FavoriteItems/"+i, 200,
				object{"IsFavorite", "true", "Key", i})
		case 11:
			a.call("POST", "/Items/{itemId}/PlaybackInfo", "/Items/"+i+"/PlaybackInfo", 200,
				object{"MediaSources", []object{{"Id", i}}, "PlaySessionId", "x"})
		case 12:
			p := a.hex(32)
			a.call(pick(a, "GET", "POST"), "/Playlists/{id}/Items", "/Playlists/"+p+"/Items", 200,
				object{"Items", []object{item(i)}, "TotalRecordCount", "1"})
		case 13:
			a.call("GET", "/Users/{userId}", "/Users/"+u, 200, object{"Id", u, "Name", "x", "Policy", "y"})
		}
	}
	for _, w := range []string{"System/Info", "System/Info/Public", "System/Ping", "Users/Public", "Sessions", "Genres", "Artists",
		"Library/VirtualFolders",
		"Sessions/Playing/Progress", "Items/Counts"} {
		a.call("GET", "/"+w, "/"+w, 200, object{strings.ReplaceAll(w, "/", ""), "x", "Version", "y"})
	}
}

// networkDialect has sites below one letter, addresses of devices, and commands by manager.
func networkDialect(a *api) {
	sites := []string{"default", a.base62(8), a.word(2)}
	mac := func() string {
		var parts []string
		for range 6 {
			parts = append(parts, a.hex(2))
		}
		return strings.Join(parts, ":")
	}
	answer := func(o object) object { return object{"meta", object{"rc", "ok"}, "data", []object{o}} }
	for range 90 {
		at, m, id := "/api/s/"+pick(a, sites...), mac(), a.hex(24)
		const atT = "/api/s/{site}"
		switch a.r.IntN(9) {
		case 0:
			w := pick(a, "health", "sysinfo", "event", "alarm")
			a.call("GET", atT+"/stat/"+w, at+"/stat/"+w, 200, answer(object{"subsystem", "x", w, "y"}))
		case 1:
			a.call("GET", atT+"/stat/device/{mac}", at+"/stat/device/"+m, 200, answer(object{"_id", id, "mac", m, "model", "U7"}))
		case 2:
			a.call("GET", atT+"/stat/device", at+"/stat/device", 200, answer(object{"_id", id, "mac", m, "model", "U7"}))
		case 3:
			a.call("GET", atT+"/stat/user/{mac}", at+"/stat/user/"+m, 200, answer(object{"_id", id, "mac", m, "oui", "x"}))
		case 4:
			w := pick(a, "stamgr", "devmgr", "sitemgr")
			a.call("POST", atT+"/cmd/"+w, at+"/cmd/"+w, 200, answer(object{"done", "x"}))
		case 5:
			w := pick(a, "wlanconf", "networkconf", "portforward")
			a.call("GET", atT+"/rest/"+w, at+"/rest/"+w, 200, answer(object{"_id", id, "name", "x", w, "y"}))
		case 6:
			w := pick(a, "wlanconf", "networkconf", "portforward")
			a.call(pick(a, "PUT", "DELETE"), atT+"/rest/"+w+"/{id}", at+"/rest/"+w+"/"+id, 200, answer(object{"_id", id, "name", "x", w, "y"}))
		case 7:
			a.call("GET", atT+"/stat/report/{interval}."+"{kind}", at+"/stat/report/"+pick(a, "daily.site", "hourly.ap", "5minutes.user"), 200,
				answer(object{"o", "x", "time", "7"}))
		case 8:
			k := pick(a, "mgmt", "snmp", "ntp")
			a.call("PUT", atT+"/set/setting/{key}", at+"/set/setting/"+k, 200, answer(object{"key", k, "_id", id}))
		}
	}
	for _, w := range []string{"api/login", "api/logout", "api/self", "api/self/sites", "status"} {
		a.call(pick(a, "GET", "POST"), "/"+w, "/"+w, 200, answer(object{w, "x"}))
	}
}

// cardsDialect looks things up by a code and a number, beside lookups by other identifiers.
func cardsDialect(a *api) {
	sets := []string{"neo", "mh2", "dmu", "lea", "znr"}
	card := func(set, n string) object {
		return object{"object", "card", "id", a.id(styleUUID), "set", set, "collector_number", n, "name", "x"}
	}
	for range 90 {
		set, n := pick(a, sets...), fmt.Sprint(1+a.r.IntN(300))
		c := card(set, n)
		switch a.r.IntN(11) {
		case 0, 1:
			a.call("GET", "/cards/{set}/{number}", "/cards/"+set+"/"+n, 200, c)
		case 2:
			a.call("GET", "/cards/{id}", "/cards/"+c[3].(string), 200, c)
		case 3:
			w := pick(a, "multiverse", "arena", "mtgo", "tcgplayer")
			a.call("GET", "/cards/"+w+"/{id}", "/cards/"+w+"/"+a.id(styleInt), 200, c)
		case 4:
			w := pick(a, "named", "random")
			a.call("GET", "/cards/"+w, "/cards/"+w, 200, c)
		case 5:
			w := pick(a, "search", "autocomplete")
			a.call("GET", "/cards/"+w, "/cards/"+w, 200, object{"object", "list", "total_cards", "1", "data", []object{c}})
		case 6:
			a.call("GET", "/cards/{id}/rulings", "/cards/"+a.id(styleUUID)+"/rulings", 200,
				object{"object", "list", "data", []object{{"source", "x", "comment", "y"}}})
		case 7:
			a.call("GET", "/cards/{set}/{number}/rulings", "/cards/"+set+"/"+n+"/rulings", 200,
				object{"object", "list", "data", []object{{"source", "x", "comment", "y"}}})
		case 8:
			a.call("GET", "/sets/{code}", "/sets/"+set, 200, object{"object", "set", "id", a.id(styleUUID), "code", set, "name", "x"})
		case 9:
			w := pick(a, "card-names", "creature-types", "land-types", "artist-names", "powers")
			a.call("GET", "/catalog/"+w, "/catalog/"+w, 200,
				object{"object", "catalog", "uri", "https://x.test/catalog/" + w, "data", []any{"a", "b"}})
		case 10:
			x := pick(a, "oracle-cards", "all-cards", a.id(styleUUID))
			a.call("GET", "/bulk-data/{id}", "/bulk-data/"+x, 200,
				object{"object", "bulk_data", "id", a.id(styleUUID), "type", "x", "download_uri", "y"})
		}
	}
	for _, w := range []string{"sets", "symbology", "symbology/parse-mana", "bulk-data"} {
		a.call("GET", "/"+w, "/"+w, 200, object{"object", "list", w, "x", "data", []object{{"id", a.id(styleUUID)}}})
	}
	a.call("POST", "/cards/collection", "/cards/collection", 200, object{"object", "list", "not_found", "x", "data", []object{{"id", "y"}}})
}

// dagsDialect has runs that are called after their kind and time, and tasks by name within them.
func dagsDialect(a *api) {
	dags := []string{a.word(2) + "_daily", "sales_report", a.word(3), "etl_" + a.word(2)}
	tasks := []string{"extract", "load", "transform", "notify_slack", "wait_for_" + a.word(2)}
	for range 90 {
		d, task := pick(a, dags...), pick(a, tasks...)
		run := pick(a, "manual__", "scheduled__") + a.isoDay() + "T06%3A00%3A00%2B00%3A00"
		plain := strings.NewReplacer("%3A", ":", "%2B", "+").Replace(run)
		at, atT := "/api/v1/dags/"+d, "/api/v1/dags/{dag_id}"
		switch a.r.IntN(12) {
		case 0:
			a.call(pick(a, "GET", "PATCH"), atT, at, 200, object{"dag_id", d, "is_paused", "false", "fileloc", "x"})
		case 1:
			a.call(pick(a, "GET", "POST"), atT+"/dagRuns", at+"/dagRuns", 200,
				object{"dag_runs", []object{{"dag_id", d, "dag_run_id", plain, "state", "queued"}}, "total_entries", "1"})
		case 2:
			a.call(pick(a, "GET", "DELETE"), atT+"/dagRuns/{run_id}", at+"/dagRuns/"+run, 200,
				object{"dag_id", d, "dag_run_id", plain, "state", "success"})
		case 3:
			a.call("GET", atT+"/dagRuns/{run_id}/taskInstances", at+"/dagRuns/"+run+"/taskInstances", 200,
				object{"task_instances", []object{{"task_id", task, "dag_id", d}}, "total_entries", "1"})
		case 4:
			a.call("GET", atT+"/dagRuns/{run_id}/taskInstances/{task_id}", at+"/dagRuns/"+run+"/taskInstances/"+task, 200,
				object{"task_id", task, "dag_id", d, "try_number", "1"})
		case 5:
			a.call("GET", atT+"/dagRuns/{run_id}/taskInstances/{task_id}/logs/{try}",
				at+"/dagRuns/"+run+"/taskInstances/"+task+"/logs/"+pick(a, "1", "2"), 200,

				object{"content", "x", "continuation_token", "y"})
		case 6:
			k := pick(a, "return_value", "row_count")
			a.call("GET", atT+"/dagRuns/{run_id}/taskInstances/{task_id}/xcomEntries/{key}",
				at+"/dagRuns/"+run+"/taskInstances/"+task+"/xcomEntries/"+k, 200, object{"key", k, "task_id", task, "value", "7"})
		case 7:
			a.call("GET", atT+"/tasks/{task_id}", at+"/tasks/"+task, 200, object{"task_id", task, "owner", "x", "trigger_rule", "y"})
		case 8:
			w := pick(a, "details", "tasks")
			a.call("GET", atT+"/"+w, at+"/"+w, 200, object{w, "x", "concurrency", "y"})
		case 9:
			v := pick(a, "env", "bucket", "api_host", a.word(2))
			a.call(pick(a, "GET", "PATCH", "DELETE"), "/api/v1/variables/{key}", "/api/v1/variables/"+v, 200, object{"key", v, "value", "x"})
		case 10:
			c := pick(a, "postgres_default", "aws_default", a.word(2)+"_db")
			a.call(pick(a, "GET", "PATCH"), "/api/v1/connections/{id}", "/api/v1/connections/"+c, 200,
				object{"connection_id", c, "conn_type", "x", "host", "y"})
		case 11:
			p := pick(a, "default_pool", "slow", a.word(2))
			a.call("GET", "/api/v1/pools/{name}", "/api/v1/pools/"+p, 200, object{"name", p, "slots", "128", "open_slots", "7"})
		}
	}
	for _, w := range []string{"dags", "variables", "connections", "connections/test", "pools", "health", "version", "importErrors",
		"eventLogs"} {
		a.call("GET", "/api/v1/"+w, "/api/v1/"+w, 200, object{w, "x", "total_entries", "1"})
	}
	a.call("POST", "/api/v1/dags/~/dagRuns/list", "/api/v1/dags/~/dagRuns/list", 200, object{"dag_runs", "x", "total_entries", "1"})
}
