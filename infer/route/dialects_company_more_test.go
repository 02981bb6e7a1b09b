package route

import (
	"fmt"
	"strings"
)

// fleetDialect has devices by serial number, keys of telemetry, firmware by version, shadows by name.
func fleetDialect(a *api) {
	s := newService(a, map[string]string{
		"device":   "serial=$device model=$model group=$group firmware=$firmware online=bool lastSeen=time",
		"reading":  "key=$key value=num ts=time",
		"command":  "commandId=$command name=$verb status=queued|done|failed issuedAt=time",
		"shadow":   "name=$shadow version=int desired=@state reported=@state",
		"state":    "led=on|off interval=int",
		"group":    "name=$group devices=int createdAt=time",
		"firmware": "version=$firmware model=$model sha256=hex size=int",
		"rule":     "ruleId=$rule name=words condition=text enabled=bool",
		"alert":    "alertId=$alert severity=info|warning|critical device=$device raisedAt=time",
		"model":    "code=$model name=words sensors=int",
		"cert":     "fingerprint=$cert expires=day active=bool",
		"stats":    "online=int offline=int total=int",
	})
	s.make("device", 7, func() string { return fmt.Sprintf("SN-%02X%02X%02X", a.r.IntN(256), a.r.IntN(256), a.r.IntN(256)) })
	s.have("model", 3, "TH100 TH200 GW1 PRO-X")
	s.have("key", 4, "temperature humidity battery pressure co2")
	s.have("verb", 3, "reboot identify calibrate setInterval")
	s.have("group", 4, "warehouse office rooftop test-bench berlin")
	s.have("firmware", 3, "1.0.0 1.2.3 2.0.0-rc1 1.4.1")
	s.have("shadow", 2, "config network default")
	s.make("command", 5, s.uuid)
	s.make("rule", 4, s.int(1, 60))
	s.make("alert", 5, s.uuid)
	s.make("cert", 3, func() string { return a.hex(40) })
	s.run(200, `
GET,POST /api/devices device[]
GET,PATCH,DELETE /api/devices/{device} device
GET /api/devices/{device}/telemetry reading[]
POST /api/devices/{device}/telemetry -
GET /api/devices/{device}/telemetry/latest reading[]
GET /api/devices/{device}/telemetry/{key} reading[]
GET /api/devices/{device}/telemetry/{key}/stats stats
GET /api/devices/{device}/shadows shadow[]
GET,PUT,DELETE /api/devices/{device}/shadows/{shadow} shadow
GET,POST /api/devices/{device}/commands command[]
GET /api/devices/{device}/commands/{command} command
POST /api/devices/{device}/commands/{command}/cancel command
POST /api/devices/{device}/reboot command
GET,POST /api/devices/{device}/certificates cert[]
DELETE /api/devices/{device}/certificates/{cert} -
GET /api/devices/stats stats
POST /api/devices/import -
GET,POST /api/groups group[]
GET,PUT,DELETE /api/groups/{group} group
GET /api/groups/{group}/devices device[]
PUT,DELETE /api/groups/{group}/devices/{device} -
POST /api/groups/{group}/commands command
GET /api/models model[]
GET /api/models/{model} model
GET /api/models/{model}/firmware firmware[]
GET,PUT /api/models/{model}/firmware/{firmware} firmware
GET /api/models/{model}/firmware/{firmware}/download -
GET,POST /api/rules rule[]
GET,PUT,DELETE /api/rules/{rule} rule
POST /api/rules/{rule}/enable rule
POST /api/rules/{rule}/disable rule
GET /api/alerts alert[]
GET /api/alerts/{alert} alert
POST /api/alerts/{alert}/acknowledge alert
POST /api/provisioning/claim device
GET /api/version stats
`)
	s.noise(35)
}

// chatDialect calls procedures with dotted names, has webhooks with three identifiers, and files.
func chatDialect(a *api) {
	s := newService(a, map[string]string{
		"ok":      "ok=bool",
		"message": "ok=bool channel=$channel ts=$ts message=text",
		"channel": "id=$channel name=words is_private=bool created=int",
		"user":    "id=$user name=words real_name=person tz=words",
		"file":    "id=$file name=words mimetype=png|pdf url_private=url",
	})
	s.list = func(items []object) any {
		return object{"ok", true, "items", items, "response_metadata", object{"next_cursor", "x"}}
	}
	s.make("channel", 5, func() string { return "C" + strings.ToUpper(a.base62(9)) })
	s.make("user", 5, func() string { return "U" + strings.ToUpper(a.base62(9)) })
	s.make("file", 4, func() string { return "F" + strings.ToUpper(a.base62(9)) })
	s.make("team", 2, func() string { return "T" + strings.ToUpper(a.base62(9)) })
	s.make("bot", 3, func() string { return "B" + strings.ToUpper(a.base62(9)) })
	s.make("hook", 4, func() string { return a.base62(24) })
	s.make("ts", 4, func() string { return fmt.Sprintf("17%08d.%06d", a.r.IntN(99999999), a.r.IntN(999999)) })
	s.have("file_name", 4, "report.pdf photo.png notes.txt budget.xlsx")
	s.run(150, `
POST /api/api.test ok
POST /api/auth.test user
POST /api/auth.revoke ok
POST /api/chat.postMessage message
POST /api/chat.update message
POST /api/chat.delete message
POST /api/chat.scheduledMessages.list message[]
GET,POST /api/conversations.list channel[]
GET /api/conversations.info channel
GET /api/conversations.history message[]
GET /api/conversations.replies message[]
GET /api/conversations.members user[]
POST /api/conversations.create channel
POST /api/conversations.archive ok
POST /api/conversations.join channel
GET /api/users.list user[]
GET /api/users.info user
GET /api/users.lookupByEmail user
POST /api/users.profile.set user
GET /api/users.profile.get user
GET /api/users.conversations channel[]
POST /api/reactions.add ok
POST /api/reactions.remove ok
GET /api/reactions.list message[]
GET /api/files.list file[]
GET /api/files.info file
POST /api/files.upload file
POST /api/files.delete ok
GET /api/pins.list message[]
POST /api/pins.add ok
POST /api/views.open ok
POST /api/dialog.open ok
GET /api/team.info channel
GET /api/emoji.list ok
GET /api/search.messages message[]
POST /services/{team}/{bot}/{hook} -
GET /files-pri/{file}/{file_name} -
POST /api/oauth.v2.access user
`)
	s.noise(20)
}

// insightDialect has metrics, dimensions, periods and events that people name.
func insightDialect(a *api) {
	s := newService(a, map[string]string{
		"site":    "id=$site domain=example.com|shop.example timezone=UTC created=time",
		"series":  "metric=$metric period=$period points=@point[]",
		"point":   "t=time v=num",
		"row":     "value=words visitors=int pageviews=int",
		"event":   "name=$event count=int unique=int lastSeen=time",
		"funnel":  "id=$funnel name=words steps=int conversion=num",
		"board":   "id=$board title=words widgets=@widget[] owner=mail",
		"widget":  "id=$widget kind=line|bar metric=$metric",
		"segment": "id=$segment name=words size=int",
		"export":  "id=$export state=running|done url=url",
		"live":    "visitors=int pages=int",
		"goal":    "name=$goal target=int reached=int",
	})
	s.make("site", 4, s.int(1000, 9000))
	s.have("metric", 4, "pageviews visitors bounce_rate duration revenue")
	s.have("dimension", 4, "country browser device referrer page")
	s.have("period", 3, "day week month year")
	s.have("event", 4, "signup purchase add_to_cart page_view logout")
	s.have("goal", 3, "newsletter checkout trial contact")
	s.make("funnel", 3, s.int(1, 40))
	s.make("board", 3, s.uuid)
	s.make("widget", 5, s.uuid)
	s.make("segment", 3, s.int(1, 40))
	s.make("export", 3, s.uuid)
	s.make("day", 5, a.isoDay)
	s.run(180, `
GET,POST /api/v3/sites site[]
GET,PATCH,DELETE /api/v3/sites/{site} site
GET /api/v3/sites/{site}/metrics/{metric} series
GET /api/v3/sites/{site}/metrics/{metric}/{period} series
GET /api/v3/sites/{site}/breakdown/{dimension} row[]
GET /api/v3/sites/{site}/realtime live
GET /api/v3/sites/{site}/events event[]
GET,DELETE /api/v3/sites/{site}/events/{event} event
GET /api/v3/sites/{site}/events/{event}/users row[]
GET,POST /api/v3/sites/{site}/goals goal[]
GET,PUT,DELETE /api/v3/sites/{site}/goals/{goal} goal
GET,POST /api/v3/sites/{site}/funnels funnel[]
GET,PUT,DELETE /api/v3/sites/{site}/funnels/{funnel} funnel
GET,POST /api/v3/sites/{site}/segments segment[]
GET,DELETE /api/v3/sites/{site}/segments/{segment} segment
GET /api/v3/sites/{site}/reports/{day} row[]
GET,POST /api/v3/dashboards board[]
GET,PUT,DELETE /api/v3/dashboards/{board} board
POST /api/v3/dashboards/{board}/duplicate board
GET,POST /api/v3/dashboards/{board}/widgets widget[]
PATCH,DELETE /api/v3/dashboards/{board}/widgets/{widget} widget
POST /api/v3/exports export
GET /api/v3/exports/{export} export
GET /api/v3/exports/{export}/download -
POST /api/v3/query row[]
POST /collect -
POST /batch -
`)
	s.noise(30)
}

// arcadeDialect has players by tag, boards and items by key, seasons by number.
func arcadeDialect(a *api) {
	s := newService(a, map[string]string{
		"player":  "playerId=$player displayName=words level=int xp=int region=eu|us",
		"item":    "itemKey=$item quantity=int rarity=common|rare|epic equipped=bool",
		"rank":    "rank=int playerId=$player score=int",
		"board":   "key=$board title=words resets=daily|weekly|never",
		"match":   "matchId=$match mode=$mode map=words startedAt=time winner=$player",
		"lobby":   "code=$lobby mode=$mode players=int max=int",
		"achieve": "key=$achievement title=words points=int unlocked=bool",
		"season":  "number=$season name=words startsAt=day endsAt=day",
		"offer":   "offerId=$offer itemKey=$item price=int currency=gems|coins",
		"friend":  "playerId=$player since=time online=bool",
		"quest":   "questId=$quest title=words progress=int goal=int",
		"save":    "slot=$slot version=int data=hex updatedAt=time",
		"session": "token=hex expiresAt=time playerId=$player",
	})
	s.make("player", 6, s.uuid)
	s.have("item", 4, "iron_sword health_potion magic_ring leather_boots wooden_shield")
	s.have("board", 3, "global weekly_kills fastest_lap daily_score")
	s.make("match", 5, s.uuid)
	s.have("mode", 3, "deathmatch capture-the-flag ranked casual")
	s.make("lobby", 4, func() string { return strings.ToUpper(a.base62(5)) + "7" })
	s.have("achievement", 4, "first_blood marathon collector untouchable speedrunner")
	s.have("season", 3, "1 2 3 4")
	s.make("offer", 4, s.int(1, 300))
	s.make("quest", 4, s.int(1, 90))
	s.have("slot", 3, "0 1 2 3")
	s.run(210, `
POST /v1/auth/login session
POST /v1/auth/refresh session
POST /v1/auth/logout -
GET,PATCH /v1/players/me player
GET /v1/players/me/inventory item[]
GET /v1/players/me/friends friend[]
PUT,DELETE /v1/players/me/friends/{player} friend
GET /v1/players/me/quests quest[]
POST /v1/players/me/quests/{quest}/claim quest
GET,PUT,DELETE /v1/players/me/saves/{slot} save
GET /v1/players/{player} player
GET /v1/players/{player}/stats player
GET /v1/players/{player}/matches match[]
GET /v1/players/{player}/achievements achieve[]
PUT /v1/players/{player}/achievements/{achievement} achieve
GET /v1/players/{player}/inventory item[]
POST,DELETE /v1/players/{player}/inventory/{item} item
POST /v1/players/{player}/inventory/{item}/equip item
POST /v1/players/{player}/report -
GET /v1/leaderboards board[]
GET /v1/leaderboards/{board} board
GET /v1/leaderboards/{board}/top rank[]
GET /v1/leaderboards/{board}/around/{player} rank[]
POST /v1/leaderboards/{board}/scores rank
GET,POST /v1/matches match[]
GET /v1/matches/{match} match
POST /v1/matches/{match}/result match
POST /v1/matchmaking/tickets lobby
GET /v1/matchmaking/queues/{mode} lobby
POST /v1/lobbies lobby
GET,DELETE /v1/lobbies/{lobby} lobby
POST /v1/lobbies/{lobby}/join lobby
POST /v1/lobbies/{lobby}/leave -
GET /v1/seasons season[]
GET /v1/seasons/current season
GET /v1/seasons/{season} season
GET /v1/seasons/{season}/rewards item[]
GET /v1/store/offers offer[]
POST /v1/store/offers/{offer}/purchase item
GET /v1/store/catalog item[]
GET /v1/items item[]
GET /v1/items/{item} item
GET /v1/config/client season
GET /v1/news quest[]
`)
	s.noise(40)
}

// publishingDialect manages content: spaces, types, entries by slug, a delivery and a preview side.
func publishingDialect(a *api) {
	s := newService(a, map[string]string{
		"space":   "id=$space name=words default_locale=en|de created=time",
		"env":     "name=$env status=ready aliased=bool",
		"type":    "id=$type name=words fields=@field[] display=title",
		"field":   "id=title|body|hero name=words required=bool",
		"entry":   "sys=@sys fields=@fields",
		"sys":     "id=$entry type=Entry version=int publishedAt=time contentType=$type",
		"fields":  "title=words slug=$slug",
		"asset":   "id=$asset title=words file=url bytes=int",
		"post":    "id=int slug=$slug title=words status=publish|draft author=int",
		"menu":    "location=$location items=int",
		"tag":     "name=$tag posts=int",
		"version": "version=$version createdAt=time by=mail",
		"hook":    "id=$hook url=url topics=int",
	})
	s.make("space", 3, func() string { return strings.ToLower(a.base62(12)) })
	s.have("env", 2, "master staging main")
	s.have("type", 4, "blogPost landingPage author product category")
	s.make("entry", 6, func() string { return a.base62(22) })
	s.make("asset", 4, func() string { return a.base62(22) })
	s.have("slug", 6, "hello-world about-us pricing our-team first-post release-notes contact")
	s.have("location", 3, "header footer sidebar primary")
	s.have("tag", 4, "news howto release culture")
	s.have("version", 4, "1 2 3 4 5 6")
	s.make("hook", 3, s.int(1, 60))
	s.have("locale", 1, "en-US")
	s.run(200, `
GET /spaces space[]
GET,PUT /spaces/{space} space
GET /spaces/{space}/environments env[]
GET,PUT /spaces/{space}/environments/{env} env
GET /spaces/{space}/environments/{env}/content_types type[]
GET,PUT,DELETE /spaces/{space}/environments/{env}/content_types/{type} type
PUT,DELETE /spaces/{space}/environments/{env}/content_types/{type}/published type
GET,POST /spaces/{space}/environments/{env}/entries entry[]
GET,PUT,DELETE /spaces/{space}/environments/{env}/entries/{entry} entry
PUT,DELETE /spaces/{space}/environments/{env}/entries/{entry}/published entry
GET /spaces/{space}/environments/{env}/entries/{entry}/snapshots version[]
GET /spaces/{space}/environments/{env}/entries/{entry}/snapshots/{version} version
GET,POST /spaces/{space}/environments/{env}/assets asset[]
GET,DELETE /spaces/{space}/environments/{env}/assets/{asset} asset
PUT /spaces/{space}/environments/{env}/assets/{asset}/files/{locale}/process -
GET,POST /spaces/{space}/webhook_definitions hook[]
GET,PUT,DELETE /spaces/{space}/webhook_definitions/{hook} hook
GET /content/v1/posts post[]
GET /content/v1/posts/{slug} post
GET /content/v1/pages/{slug} post
GET /content/v1/tags tag[]
GET /content/v1/tags/{tag} tag
GET /content/v1/tags/{tag}/posts post[]
GET /content/v1/menus/{location} menu
GET /content/v1/search post[]
GET /content/v1/settings space
POST /preview/v1/drafts/{slug} post
GET /sitemap.xml -
`)
	s.noise(30)
}

// gatewayDialect puts services with versions of their own behind one host, beside GraphQL.
func gatewayDialect(a *api) {
	s := newService(a, map[string]string{
		"user":    "id=$user email=mail name=person roles=@role[]",
		"role":    "id=$role name=words",
		"order":   "id=$order userId=$user total=num status=OPEN|DONE",
		"stock":   "sku=$sku warehouse=$warehouse quantity=int",
		"notice":  "id=$notice channel=email|sms|push read=bool",
		"data":    "data=null errors=text",
		"health":  "status=ok version=1.4.2 uptime=int",
		"keys":    "keys=@key[]",
		"key":     "kid=hex kty=RSA use=sig",
		"pref":    "topic=$topic email=bool push=bool",
		"address": "id=int street=text",
	})
	s.make("user", 5, s.uuid)
	s.have("role", 3, "admin editor viewer billing")
	s.make("order", 6, s.int(10000, 90000))
	s.have("sku", 5, "A-100 A-200 B-310 C-005 D-77")
	s.have("warehouse", 3, "berlin hamburg ams1 lyon")
	s.make("notice", 4, s.uuid)
	s.have("topic", 3, "orders marketing security weekly-digest")
	s.run(170, `
POST /graphql data
GET /.well-known/openid-configuration keys
GET /.well-known/jwks.json keys
POST /oauth2/token keys
POST /oauth2/introspect keys
GET /healthz health
GET /readyz health
GET /user-service/v1/users user[]
POST /user-service/v1/users user
GET,PUT,DELETE /user-service/v1/users/{user} user
GET /user-service/v1/users/{user}/roles role[]
PUT,DELETE /user-service/v1/users/{user}/roles/{role} -
GET /user-service/v1/roles role[]
GET /user-service/v1/roles/{role} role
GET /user-service/v2/users/{user} user
GET /user-service/v2/users user[]
GET /user-service/actuator/health health
GET,POST /order-service/v1/orders order[]
GET,PATCH /order-service/v1/orders/{order} order
POST /order-service/v1/orders/{order}/submit order
GET /order-service/v1/orders/{order}/history order[]
GET /order-service/actuator/health health
GET /inventory-service/v3/stock stock[]
GET,PUT /inventory-service/v3/stock/{sku} stock
GET,PUT /inventory-service/v3/warehouses/{warehouse}/stock/{sku} stock
GET /inventory-service/v3/warehouses stock[]
POST /inventory-service/v3/reservations stock
GET /notification-service/v1/notifications notice[]
PATCH /notification-service/v1/notifications/{notice} notice
GET,PUT /notification-service/v1/preferences/{topic} pref
POST /notification-service/v1/devices/register -
GET /search-service/v1/suggest address[]
GET /search-service/v1/search address[]
`)
	s.noise(30)
}

// entitiesDialect speaks OData: keys in parentheses, navigation, bound actions, counts.
func entitiesDialect(a *api) {
	s := newService(a, map[string]string{
		"customer": "CustomerID=$customer CompanyName=words ContactName=person Country=DE|UK",
		"order":    "OrderID=$order CustomerID=$customer OrderDate=time Freight=num",
		"product":  "ProductID=$product ProductName=words UnitPrice=num CategoryID=$category",
		"category": "CategoryID=$category CategoryName=words Description=text",
		"person":   "UserName=$person FirstName=words LastName=words Emails=mail",
		"trip":     "TripId=$trip Name=words Budget=num StartsAt=time",
		"meta":     "value=int",
	})
	s.list = func(items []object) any {
		return object{"@odata.context", "https://x.example/odata/$metadata#Things", "value", items}
	}
	s.have("customer", 5, "ALFKI ANATR ANTON BERGS BLAUS")
	s.make("order", 6, s.int(10248, 800))
	s.make("product", 6, s.int(1, 77))
	s.make("category", 4, s.int(1, 8))
	s.have("person", 4, "russellwhyte scottketchum ronaldmundy javieralfred")
	s.have("trip", 4, "0 1003 1004 7 12")
	s.run(180, `
GET /odata/$metadata -
GET /odata meta
POST /odata/$batch -
GET,POST /odata/Customers customer[]
GET /odata/Customers/$count -
GET,PATCH,DELETE /odata/Customers('{customer}') customer
GET /odata/Customers('{customer}')/Orders order[]
GET /odata/Customers('{customer}')/CompanyName meta
GET,POST /odata/Orders order[]
GET,PATCH,DELETE /odata/Orders({order}) order
GET /odata/Orders({order})/Customer customer
GET /odata/Orders({order})/Order_Details product[]
POST /odata/Orders({order})/Default.Ship order
GET,POST /odata/Products product[]
GET,PUT /odata/Products({product}) product
GET /odata/Products({product})/Category category
GET /odata/Products({product})/Category/$ref meta
GET /odata/Products({product})/UnitPrice/$value -
GET /odata/Products/$count -
GET /odata/Products/Default.MostExpensive product
GET /odata/Categories category[]
GET /odata/Categories({category}) category
GET /odata/Categories({category})/Products product[]
GET /odata/People person[]
GET,PATCH /odata/People('{person}') person
GET /odata/People('{person}')/Trips trip[]
GET /odata/People('{person}')/Trips({trip}) trip
GET /odata/People('{person}')/Friends person[]
GET /odata/Me person
POST /odata/ResetDataSource -
`)
	s.noise(20)
}

// clinicDialect is a back end of an app: nouns in the singular, lookups, states as last segments.
func clinicDialect(a *api) {
	s := newService(a, map[string]string{
		"patient": "id=$patient firstName=words lastName=person birthDate=day insuranceNo=int",
		"doctor":  "id=$doctor name=person speciality=$speciality rating=num",
		"visit":   "id=$visit patientId=$patient doctorId=$doctor at=time state=$state",
		"slot":    "start=time end=time free=bool",
		"drug":    "atc=$atc name=words form=tablet|syrup",
		"lab":     "code=$test value=num unit=mg|ml",
		"clinic":  "slug=$clinic name=words city=words",
		"invoice": "id=$invoice visitId=$visit amount=num paid=bool",
		"file":    "name=$file size=int type=pdf|dicom",
	})
	s.data()
	s.make("patient", 7, func() string { return fmt.Sprintf("P%06d", a.r.IntN(999999)) })
	s.make("doctor", 5, s.int(1, 120))
	s.have("speciality", 4, "cardiology dermatology pediatrics neurology")
	s.make("visit", 6, s.uuid)
	s.have("state", 3, "booked arrived done cancelled")
	s.have("atc", 4, "A10BA02 C09AA05 N02BE01 J01CA04")
	s.have("test", 3, "HBA1C CRP TSH LDL")
	s.have("clinic", 3, "north-side river-park old-town central")
	s.make("invoice", 4, s.int(2000, 900))
	s.have("file", 3, "mri-knee.dcm referral.pdf scan_01.png")
	s.make("day", 5, a.isoDay)
	s.run(190, `
GET,POST /api/patient patient[]
GET,PUT /api/patient/{patient} patient
GET /api/patient/{patient}/visits visit[]
GET /api/patient/{patient}/lab lab[]
GET /api/patient/{patient}/lab/{test} lab[]
GET,POST /api/patient/{patient}/prescription drug[]
DELETE /api/patient/{patient}/prescription/{atc} -
GET,PUT /api/patient/{patient}/file/{file} file
POST /api/patient/search patient[]
GET /api/doctor doctor[]
GET /api/doctor/{doctor} doctor
GET /api/doctor/{doctor}/calendar/{day} slot[]
GET /api/doctor/by-speciality/{speciality} doctor[]
GET /api/doctor/top-rated doctor[]
POST /api/visit visit
GET,DELETE /api/visit/{visit} visit
PUT /api/visit/{visit}/state/{state} visit
POST /api/visit/{visit}/check-in visit
GET /api/visit/today visit[]
GET /api/visit/state/{state} visit[]
GET /api/clinic clinic[]
GET /api/clinic/{clinic} clinic
GET /api/clinic/{clinic}/doctor doctor[]
GET /api/clinic/{clinic}/opening-hours slot[]
GET /api/drug drug[]
GET /api/drug/{atc} drug
GET /api/drug/{atc}/interactions drug[]
GET /api/invoice/{invoice} invoice
POST /api/invoice/{invoice}/pay invoice
GET /api/me patient
GET /api/ping -
`)
	s.noise(30)
}
