package route

import (
	"fmt"
	"strings"
)

// crmDialect has types of objects in the path, some of them a customer's own, and names of
// properties below them.
func crmDialect(a *api) {
	types := []string{"contacts", "companies", "deals", "tickets", fmt.Sprintf("2-%d", 1000000+a.r.IntN(900000)),
		fmt.Sprintf("p%d_%s", 100000+a.r.IntN(90000), a.noun())}
	record := func() object {
		return object{"id", a.id(styleInt), "properties", object{"name", a.name(), "createdate", "x"}, "createdAt", "x", "archived", "false"}
	}
	for range 90 {
		kind, id := pick(a, types...), a.id(styleInt)
		at, atT := "/crm/v3/objects/"+kind, "/crm/v3/objects/{objectType}"
		switch a.r.IntN(8) {
		case 0:
			a.call("GET", atT, at, 200, object{"results", []object{record(), record()}})
		case 1:
			a.call("POST", atT, at, 201, record())
		case 2:
			a.call("POST", atT+"/search", at+"/search", 200, object{"total", "2", "results", []object{record()}})
		case 3:
			a.call("POST", atT+"/batch/read", at+"/batch/read", 200, object{"status", "COMPLETE", "results", []object{record()}})
		case 4, 5:
			body := record()
			body[1] = id
			a.call(pick(a, "GET", "PATCH"), atT+"/{objectId}", at+"/"+id, 200, body)
		case 6:
			a.call("GET", atT+"/{objectId}/associations/{toObjectType}", at+"/"+id+"/associations/"+pick(a, types...), 200,
				object{"results", []object{{"id", a.id(styleInt), "type", "x"}}})
		case 7:
			prop := pick(a, "firstname", "email", "lifecyclestage", "amount", "closedate", a.word(3))
			if a.chance(.4) {
				a.call("GET", "/crm/v3/properties/{objectType}", "/crm/v3/properties/"+kind, 200, object{"results", []object{{"name", prop, "label", "x"}}})
			} else {
				a.call(pick(a, "GET", "PATCH"), "/crm/v3/properties/{objectType}/{propertyName}", "/crm/v3/properties/"+kind+"/"+prop, 200,
					object{"name", prop, "label", "x", "type", "string", "fieldType", "text"})
			}
		}
	}
	for _, w := range []string{"owners", "pipelines/deals", "pipelines/tickets", "schemas"} {
		t := strings.NewReplacer("deals", "{objectType}", "tickets", "{objectType}").Replace(w)
		a.call("GET", "/crm/v3/"+t, "/crm/v3/"+w, 200, object{"results", []object{{"id", a.id(styleInt), "label", "x"}}})
	}
}

// gameDialect has versions in the middle, players by several names, and seasons, queues and tiers
// below them.
func gameDialect(a *api) {
	player := func() string { return a.base62(12) + "-" + a.base62(20) + "_" + a.base62(14) }
	account := func(id string) object {
		return object{"puuid", id, "gameName", a.word(3), "tagLine", "EUW", "summonerLevel", a.id(styleSmall)}
	}
	entries := func(id string) []object {
		return []object{{"leagueId", a.id(styleUUID), "queueType", "RANKED_SOLO", "tier", "GOLD", "rank", "IV", "puuid", id}}
	}
	for range 90 {
		p := player()
		match := fmt.Sprintf("EUW1_%d", 6000000000+a.r.IntN(900000000))
		season := fmt.Sprintf("division.open.pc-20%d-%02d", 18+a.r.IntN(7), 1+a.r.IntN(12))
		switch a.r.IntN(10) {
		case 0:
			a.call("GET", "/arena/account/v1/accounts/by-puuid/{puuid}", "/arena/account/v1/accounts/by-puuid/"+p, 200, account(p))
		case 1:
			name, tag := a.word(3), pick(a, "EUW", "NA1", "7777", "KR1")
			a.call("GET", "/arena/account/v1/accounts/by-riddle/{gameName}/{tagLine}", "/arena/account/v1/accounts/by-riddle/"+name+"/"+tag, 200,
				object{"puuid", p, "gameName", name, "tagLine", tag, "summonerLevel", "7"})
		case 2:
			a.call("GET", "/arena/match/v5/matches/by-puuid/{puuid}/ids", "/arena/match/v5/matches/by-puuid/"+p+"/ids", 200, []object{})
		case 3, 4:
			a.call("GET", "/arena/match/v5/matches/{matchId}", "/arena/match/v5/matches/"+match, 200,
				object{"metadata", object{"matchId", match}, "info", object{"gameMode", "CLASSIC", "gameDuration", "1800"}})
		case 5:
			a.call("GET", "/arena/match/v5/matches/{matchId}/timeline", "/arena/match/v5/matches/"+match+"/timeline", 200,
				object{"metadata", object{"matchId", match}, "frames", "x"})
		case 6:
			queue, tier, division := pick(a, "RANKED_SOLO", "RANKED_FLEX"), pick(a, "GOLD", "SILVER", "IRON"), pick(a, "I", "II", "III", "IV")
			a.call("GET", "/arena/league/v4/entries/{queue}/{tier}/{division}", fmt.Sprintf("/arena/league/v4/entries/%s/%s/%s", queue, tier, division),
				200, []object{{"leagueId", a.id(styleUUID), "queueType", queue, "tier", tier, "rank", division, "puuid", p}})
		case 7:
			a.call("GET", "/arena/league/v4/entries/by-puuid/{puuid}", "/arena/league/v4/entries/by-puuid/"+p, 200, entries(p))
		case 8:
			a.call("GET", "/arena/players/{puuid}/seasons/{season}", "/arena/players/"+p+"/seasons/"+season, 200,
				object{"player", p, "season", season, "gameModeStats", object{"kills", "7", "wins", "3"}})
		case 9:
			a.call("GET", "/arena/players/{puuid}/seasons/{season}/ranked", "/arena/players/"+p+"/seasons/"+season+"/ranked", 200,
				object{"rankedGameModeStats", object{"currentTier", "GOLD", "wins", "3"}})
		}
	}
	for _, w := range []string{"league/v4/challengers/RANKED_SOLO", "league/v4/challengers/RANKED_FLEX"} {
		a.call("GET", "/arena/league/v4/challengers/{queue}", "/arena/"+w, 200, object{"tier", "CHALLENGER", "name", "x", "entries", entries(player())})
	}
	a.call("GET", "/arena/status/v4/platform-data", "/arena/status/v4/platform-data", 200, object{"id", "EUW1", "maintenances", "x"})
}

// thingsDialect has serial numbers and hardware addresses of devices, and dotted names of their
// properties.
func thingsDialect(a *api) {
	serial := func() string { return fmt.Sprintf("SN-%04X-%04d", a.r.IntN(1<<16), a.r.IntN(10000)) }
	if a.chance(.4) {
		serial = func() string {
			return fmt.Sprintf("%02X:%02X:%02X:%02X:%02X:%02X", a.r.IntN(256), a.r.IntN(256), a.r.IntN(256), a.r.IntN(256), a.r.IntN(256), a.r.IntN(256))
		}
	} else if a.chance(.3) {
		space := a.word(2) + "." + a.word(2)
		serial = func() string { return space + ":" + pick(a, "thermostat", "lamp", "meter") + "-" + a.id(styleSmall) }
	}
	var devices []string
	for range 12 {
		devices = append(devices, serial())
	}
	props := []string{"sensor.temperature.indoor", "sensor.humidity", "power.battery.level", "net.wifi.rssi", "fw.version"}
	for range 90 {
		d := pick(a, devices...)
		at, atT := "/v1/devices/"+d, "/v1/devices/{serial}"
		prop := pick(a, props...)
		switch a.r.IntN(8) {
		case 0:
			a.call("GET", "/v1/devices", "/v1/devices", 200, object{"devices", []object{{"serial", d, "model", "x", "online", "true"}}})
		case 1:
			a.call(pick(a, "GET", "PATCH", "DELETE"), atT, at, 200, object{"serial", d, "model", "x", "online", "true"})
		case 2:
			a.call("GET", atT+"/properties", at+"/properties", 200, object{"properties", object{prop, "7"}})
		case 3, 4:
			a.call(pick(a, "GET", "PUT"), atT+"/properties/{property}", at+"/properties/"+prop, 200, object{"value", "21.5", "unit", "x", "at", "x"})
		case 5:
			a.call("GET", atT+"/properties/{property}/history", at+"/properties/"+prop+"/history", 200, object{"points", []object{{"value", "21", "at", "x"}}})
		case 6:
			cmd := pick(a, "reboot", "identify", "factory-reset", "update-firmware")
			a.call("POST", atT+"/commands/{command}", at+"/commands/"+cmd, 202, object{"commandId", a.id(styleUUID), "command", cmd, "status", "QUEUED"})
		case 7:
			a.call(pick(a, "GET", "PATCH"), atT+"/twin", at+"/twin", 200, object{"desired", "x", "reported", "y", "version", "7"})
		}
	}
}

// syncDialect has the paths of files as their identifiers, and tells them with a slash in front.
func syncDialect(a *api) {
	root := pick(a, "/2", "/api/v1", "/sync")
	for range 3 {
		ns := pick(a, a.id(styleInt), a.id(styleSlug))
		dirs := a.folders()
		at, atT := root+"/spaces/"+ns, root+"/spaces/{space}"
		var entries []object
		for range 25 {
			f := a.file(dirs)
			entry := object{"name", f[strings.LastIndex(f, "/")+1:], "path_display", "/" + f, "rev", a.id(styleInt), "size", "7"}
			entries = append(entries, entry)
			switch a.r.IntN(6) {
			case 0, 1:
				a.call("GET", atT+"/content/{path}", at+"/content/"+f, 200, nil)
			case 2:
				a.call("PUT", atT+"/content/{path}", at+"/content/"+f, 201, entry)
			case 3:
				a.call(pick(a, "GET", "GET", "DELETE"), atT+"/metadata/{path}", at+"/metadata/"+f, 200, entry)
			case 4:
				id := a.id(styleToken)
				a.call(pick(a, "GET", "DELETE"), atT+"/links/{link}", at+"/links/"+id, 200, object{"id", id, "url", "x", "expires", "y"})
			case 5:
				a.call("GET", atT+"/changes", at+"/changes", 200, object{"cursor", "x", "entries", entries[max(0, len(entries)-3):]})
			}
		}
		a.call("GET", atT, at, 200, object{"id", ns, "name", a.name(), "quota", "7"})
		a.call("POST", atT+"/links", at+"/links", 201, object{"id", a.id(styleToken), "url", "x"})
	}
}

// mailDialect has addresses of people, identifiers of messages in angle brackets, and folders.
func mailDialect(a *api) {
	encoded := a.chance(.5)
	message := func() string {
		id := "<" + a.base62(8) + "." + a.base62(6) + "@mail." + a.word(2) + ".example>"
		if encoded {
			id = strings.NewReplacer("<", "%3C", ">", "%3E", "@", "%40").Replace(id)
		}
		return id
	}
	plain := strings.NewReplacer("%3C", "<", "%3E", ">", "%40", "@")
	var boxes []string
	for range 4 {
		boxes = append(boxes, a.name()+"@"+a.word(2)+".example")
	}
	folders := []string{"INBOX", "Sent", "Trash", "Archive", a.name(), a.word(3)}
	domains := []string{a.word(2) + ".example", a.word(2) + ".example"}
	for range 90 {
		box, folder, m := pick(a, boxes...), pick(a, folders...), message()
		at, atT := "/v1/mailboxes/"+box, "/v1/mailboxes/{mailbox}"
		item := object{"message_id", plain.Replace(m), "subject", "x", "from", a.name() + "@x.example", "flags", "seen"}
		switch a.r.IntN(9) {
		case 0:
			a.call("GET", atT+"/folders", at+"/folders", 200, object{"folders", []object{{"name", "INBOX", "unread", "7"}, {"name", folder, "unread", "1"}}})
		case 1, 2:
			a.call("GET", atT+"/folders/{folder}/messages", at+"/folders/"+folder+"/messages", 200, object{"messages", []object{item}})
		case 3, 4:
			a.call(pick(a, "GET", "PATCH", "DELETE"), atT+"/messages/{message}", at+"/messages/"+m, 200, item)
		case 5:
			a.call("GET", atT+"/messages/{message}/raw", at+"/messages/"+m+"/raw", 200, nil)
		case 6:
			a.call("POST", atT+"/messages/{message}/reply", at+"/messages/"+m+"/reply", 202, object{"message_id", plain.Replace(message()), "queued", "true"})
		case 7:
			bounced := a.word(2) + "@" + a.word(2) + ".example"
			a.call(pick(a, "GET", "DELETE"), "/v1/domains/{domain}/bounces/{address}", "/v1/domains/"+pick(a, domains...)+"/bounces/"+bounced, 200,
				object{"address", bounced, "code", "550", "error", "x"})
		case 8:
			a.call("POST", atT+"/messages/send", at+"/messages/send", 202, object{"message_id", plain.Replace(message()), "queued", "true"})
		}
	}
}
