package route

import (
	"fmt"
	"strings"
)

// appsDialect has files of scripts in its paths, and a version behind the name of an app.
func appsDialect(a *api) {
	s := newService(a, map[string]string{"share": "id=$share share_type=int path=words stime=int", "note": "id=$note title=words content=text modified=int", "user": "id=$user displayname=person enabled=bool"})
	s.item = func(o object) any {
		return object{"ocs", object{"meta", object{"status", "ok", "statuscode", 200}, "data", o}}
	}
	s.list = func(items []object) any {
		return object{"ocs", object{"meta", object{"status", "ok", "statuscode", 200}, "data", items}}
	}
	s.make("share", 5, s.int(1, 300))
	s.make("note", 5, s.int(1, 9000))
	s.have("user", 4, "alice bob carol admin dave")
	s.have("group", 3, "staff editors admin")
	s.run(140, `GET,POST /ocs/v2.php/apps/files_sharing/api/v1/shares share[]
GET,PUT,DELETE /ocs/v2.php/apps/files_sharing/api/v1/shares/{share} share
GET /ocs/v2.php/apps/files_sharing/api/v1/sharees share[]
GET /ocs/v2.php/apps/notifications/api/v2/notifications note[]
DELETE /ocs/v2.php/apps/notifications/api/v2/notifications/{note} -
GET,POST /index.php/apps/notes/api/v1/notes note[]
GET,PUT,DELETE /index.php/apps/notes/api/v1/notes/{note} note
GET /index.php/apps/notes/api/v1/settings note
GET,POST /ocs/v1.php/cloud/users user[]
GET,PUT,DELETE /ocs/v1.php/cloud/users/{user} user
PUT /ocs/v1.php/cloud/users/{user}/disable -
GET,POST /ocs/v1.php/cloud/users/{user}/groups user[]
GET,POST /ocs/v1.php/cloud/groups user[]
GET,DELETE /ocs/v1.php/cloud/groups/{group} user[]
GET /ocs/v1.php/cloud/capabilities share`)
}

// invoicesDialect has collections in Pascal case with reports, numbers of invoices beside GUIDs, and
// files of attachments.
func invoicesDialect(a *api) {
	s := newService(a, map[string]string{"invoice": "InvoiceID=$invoice InvoiceNumber=hex Status=DRAFT|PAID Total=num", "contact": "ContactID=$contact Name=words IsSupplier=bool",
		"report": "ReportID=words ReportName=words Rows=words", "file": "AttachmentID=uuid FileName=$file MimeType=words", "org": "Name=words BaseCurrency=EUR", "account": "AccountID=$account Code=int Type=BANK|REVENUE"})
	s.make("invoice", 5, s.uuid)
	s.values["invoice"] = append(s.values["invoice"], "INV-0042")
	s.make("contact", 5, s.uuid)
	s.make("account", 4, s.uuid)
	s.have("file", 4, "receipt.pdf scan-1.png contract.docx photo.jpg")
	s.run(150, `GET,POST,PUT /api.xro/2.0/Invoices invoice[]
GET,POST /api.xro/2.0/Invoices/{invoice} invoice
GET /api.xro/2.0/Invoices/{invoice}/Attachments file[]
GET,PUT,POST /api.xro/2.0/Invoices/{invoice}/Attachments/{file} file
POST /api.xro/2.0/Invoices/{invoice}/Email -
GET,PUT /api.xro/2.0/Invoices/{invoice}/History report[]
GET,PUT /api.xro/2.0/Contacts contact[]
GET,POST /api.xro/2.0/Contacts/{contact} contact
GET,PUT /api.xro/2.0/ContactGroups contact[]
DELETE /api.xro/2.0/ContactGroups/{account}/Contacts/{contact} -
GET,PUT /api.xro/2.0/Accounts account[]
GET,POST,DELETE /api.xro/2.0/Accounts/{account} account
GET /api.xro/2.0/Reports/BalanceSheet report
GET /api.xro/2.0/Reports/ProfitAndLoss report
GET /api.xro/2.0/Reports/TrialBalance report
GET /api.xro/2.0/Organisation org`)
}

// careDialect has versions of documents as uuid::system::number, templates and stored
// queries by qualified names.
func careDialect(a *api) {
	s := newService(a, map[string]string{"ehr": "ehr_id=$ehr system_id=words time_created=time", "composition": "uid=$version archetype_node_id=words name=words", "template": "template_id=$template concept=words created_timestamp=time",
		"query": "name=$query version=1.0.0|2.1.0 q=text", "rows": "q=text columns=words rows=words"})
	s.make("ehr", 4, s.uuid)
	s.make("object", 4, s.uuid)
	s.make("version", 5, func() string { return a.id(styleUUID) + "::local.ehr.example::" + fmt.Sprint(1+a.r.IntN(4)) })
	s.have("template", 3, "vital_signs.v1 Blood%20Pressure lab-report.v0 problem_list.v2")
	s.have("query", 3, "org.example::compositions org.example::vitals com.acme::labs")
	s.have("number", 2, "1.0.0 2.1.0")
	s.run(140, `GET,POST /rest/openehr/v1/ehr ehr
GET,PUT /rest/openehr/v1/ehr/{ehr} ehr
POST /rest/openehr/v1/ehr/{ehr}/composition composition
GET,PUT,DELETE /rest/openehr/v1/ehr/{ehr}/composition/{version} composition
GET,PUT /rest/openehr/v1/ehr/{ehr}/ehr_status ehr
GET /rest/openehr/v1/ehr/{ehr}/versioned_composition/{object} composition
GET /rest/openehr/v1/ehr/{ehr}/versioned_composition/{object}/revision_history composition[]
GET /rest/openehr/v1/ehr/{ehr}/versioned_composition/{object}/version/{version} composition
GET,POST /rest/openehr/v1/definition/template/adl1.4 template[]
GET /rest/openehr/v1/definition/template/adl1.4/{template} template
GET /rest/openehr/v1/definition/query/{query} query[]
GET,PUT /rest/openehr/v1/definition/query/{query}/{number} query
POST /rest/openehr/v1/query/aql rows
GET,POST /rest/openehr/v1/query/{query}/{number} rows`)
}

// indicatorsDialect has codes of countries with semicolons, and dotted codes of indicators.
func indicatorsDialect(a *api) {
	s := newService(a, map[string]string{"country": "id=$country name=words region=words", "value": "indicator=$indicator country=$country date=int value=num", "topic": "id=$topic value=words sourceNote=text"})
	s.have("country", 5, "br us de cn in za")
	s.values["countries"] = append([]string{"br;us", "all", "de;cn;in"}, s.values["country"]...)
	s.have("indicator", 5, "SP.POP.TOTL NY.GDP.MKTP.CD SL.UEM.TOTL.ZS EN.ATM.CO2E.KT AG.LND.TOTL.K2")
	s.make("topic", 4, s.int(1, 21))
	s.run(120, `GET /v2/country country[]
GET /v2/country/{countries} country[]
GET /v2/country/{countries}/indicator/{indicator} value[]
GET /v2/indicator value[]
GET /v2/indicator/{indicator} value[]
GET /v2/topic topic[]
GET /v2/topic/{topic} topic[]
GET /v2/topic/{topic}/indicator value[]
GET /v2/region country[]
GET /v2/incomeLevel country[]
GET /v2/lendingType country[]
GET /v2/sources topic[]`)
}

// threatsDialect has hashes, hosts, addresses and texts in base64url as identifiers.
func threatsDialect(a *api) {
	s := newService(a, map[string]string{"file": "id=$file type=file size=int last_analysis_date=int", "url": "id=$url type=url title=words", "domain": "id=$domain type=domain registrar=words", "ip": "id=$ip type=ip_address asn=int",
		"comment": "id=$comment type=comment text=text", "analysis": "id=$analysis type=analysis status=queued|completed"})
	s.data()
	s.make("file", 5, func() string { return a.hex(64) })
	s.make("url", 4, func() string { return "aHR0cDovL3d3dy5l" + a.base62(18) })
	s.have("domain", 4, "example.com example.org acme.io cdn.globex.net")
	s.make("ip", 4, func() string {
		return fmt.Sprintf("%d.%d.%d.%d", 1+a.r.IntN(220), a.r.IntN(255), a.r.IntN(255), a.r.IntN(255))
	})
	s.make("comment", 4, func() string { return pick(a, "f-", "d-") + a.hex(32) + "-" + a.hex(8) })
	s.make("analysis", 4, func() string { return "u-" + a.hex(64) + "-" + fmt.Sprint(1700000000+a.r.IntN(90000)) })
	s.run(150, `POST /api/v3/files analysis
GET /api/v3/files/{file} file
POST /api/v3/files/{file}/analyse analysis
GET,POST /api/v3/files/{file}/comments comment[]
GET /api/v3/files/{file}/behaviour_summary file
POST /api/v3/urls analysis
GET /api/v3/urls/{url} url
POST /api/v3/urls/{url}/analyse analysis
GET /api/v3/domains/{domain} domain
GET,POST /api/v3/domains/{domain}/comments comment[]
GET /api/v3/domains/{domain}/subdomains domain[]
GET /api/v3/ip_addresses/{ip} ip
GET /api/v3/ip_addresses/{ip}/resolutions domain[]
GET,DELETE /api/v3/comments/{comment} comment
GET /api/v3/analyses/{analysis} analysis
GET /api/v3/metadata analysis`)
}

// organizationsDialect has an organization and a project before a marked word, and operations with
// and without the project.
func organizationsDialect(a *api) {
	s := newService(a, map[string]string{"repo": "id=$repo name=words defaultBranch=refs/heads/main size=int", "pull": "pullRequestId=$pull title=words status=active|completed", "item": "id=$item rev=int fields=words",
		"project": "id=uuid name=$project state=wellFormed visibility=private", "build": "id=$build buildNumber=words status=completed|inProgress"})
	s.list = func(items []object) any { return object{"count", len(items), "value", items} }
	s.have("org", 2, "fabrikam contoso")
	s.have("project", 3, "web-shop Mobile billing platform")
	s.make("repo", 4, s.uuid)
	s.make("pull", 5, s.int(1, 400))
	s.make("item", 6, s.int(1, 4000))
	s.make("build", 5, s.int(1, 900))
	s.run(160, `GET,POST /{org}/_apis/projects project[]
GET,PATCH,DELETE /{org}/_apis/projects/{project} project
GET /{org}/{project}/_apis/git/repositories repo[]
GET,DELETE /{org}/{project}/_apis/git/repositories/{repo} repo
GET /{org}/{project}/_apis/git/repositories/{repo}/commits item[]
GET,POST /{org}/{project}/_apis/git/repositories/{repo}/pullRequests pull[]
GET,PATCH /{org}/{project}/_apis/git/repositories/{repo}/pullRequests/{pull} pull
GET /{org}/{project}/_apis/git/repositories/{repo}/pullRequests/{pull}/threads item[]
GET /{org}/{project}/_apis/wit/workitems item[]
GET,PATCH,DELETE /{org}/{project}/_apis/wit/workitems/{item} item
POST /{org}/{project}/_apis/wit/wiql item
GET,POST /{org}/{project}/_apis/build/builds build[]
GET,PATCH,DELETE /{org}/{project}/_apis/build/builds/{build} build
GET /{org}/{project}/_apis/build/builds/{build}/logs build[]`)
}

// cookbooksDialect has organizations, and names with versions below several nouns.
func cookbooksDialect(a *api) {
	s := newService(a, map[string]string{"node": "name=$node chef_environment=$env run_list=words json_class=words", "cookbook": "name=words cookbook_name=$cookbook version=$version frozen?=bool",
		"role": "name=$role description=words env_run_lists=words", "list": "url=url versions=words", "fact": "certname=$node name=$fact value=words"})
	s.have("org", 1, "acme")
	s.have("node", 5, "web1.example.com db-2 cache01.example.com worker-a build7")
	s.have("cookbook", 4, "nginx postgres base-server users ntp")
	s.have("version", 4, "1.2.0 0.9.14 2.0.0 3.1.1")
	s.have("role", 3, "webserver database base monitoring")
	s.have("env", 3, "production staging _default dev")
	s.have("fact", 4, "osfamily kernel memorysize uptime ipaddress")
	s.run(160, `GET,POST /organizations/{org}/nodes node[]
GET,PUT,DELETE /organizations/{org}/nodes/{node} node
GET /organizations/{org}/cookbooks list[]
GET /organizations/{org}/cookbooks/{cookbook} list
GET,PUT,DELETE /organizations/{org}/cookbooks/{cookbook}/{version} cookbook
GET,POST /organizations/{org}/roles role[]
GET,PUT,DELETE /organizations/{org}/roles/{role} role
GET,POST /organizations/{org}/environments role[]
GET,PUT /organizations/{org}/environments/{env} role
GET /organizations/{org}/environments/{env}/nodes node[]
GET /organizations/{org}/search/node node[]
GET /pdb/query/v4/nodes node[]
GET /pdb/query/v4/nodes/{node} node
GET /pdb/query/v4/nodes/{node}/facts fact[]
GET /pdb/query/v4/nodes/{node}/facts/{fact} fact[]
GET /pdb/query/v4/facts/{fact} fact[]
GET /pdb/meta/v1/version fact`)
}

// listsDialect has addresses of mail and dotted names of lists as identifiers.
func listsDialect(a *api) {
	s := newService(a, map[string]string{"list": "list_id=$list fqdn_listname=mail member_count=int", "member": "email=$mail role=member|owner delivery_mode=regular", "domain": "mail_host=$domain description=words", "user": "user_id=int display_name=person created_on=time"})
	s.list = func(items []object) any {
		return object{"entries", items, "start", 0, "total_size", len(items)}
	}
	s.have("list", 4, "dev.lists.example.com announce.lists.example.com team.lists.example.com")
	s.make("mail", 6, func() string { return a.word(2) + "@example.com" })
	s.have("domain", 2, "lists.example.com lists.acme.org")
	s.have("hold", 3, "3 7 12 19")
	s.run(130, `GET,POST /3.1/lists list[]
GET,DELETE /3.1/lists/{list} list
GET,PATCH /3.1/lists/{list}/config list
GET /3.1/lists/{list}/roster/member member[]
GET /3.1/lists/{list}/roster/owner member[]
GET,DELETE /3.1/lists/{list}/member/{mail} member
GET /3.1/lists/{list}/held member[]
GET,POST /3.1/lists/{list}/held/{hold} member
GET,POST /3.1/domains domain[]
GET,DELETE /3.1/domains/{domain} domain
GET /3.1/domains/{domain}/lists list[]
GET,POST /3.1/users user[]
GET,PATCH,DELETE /3.1/users/{mail} user
GET /3.1/users/{mail}/addresses member[]
POST /3.1/addresses/{mail}/verify -
GET /3.1/system/versions domain`)
}

// graphsDialect has databases behind a marked word, and collections and keys behind words of the API.
func graphsDialect(a *api) {
	s := newService(a, map[string]string{"doc": "_key=$key _id=words _rev=hex label=words", "collection": "id=int name=$collection status=int type=int", "graph": "_key=$graph name=$graph _rev=hex edgeDefinitions=words", "cursor": "id=$cursor hasMore=bool count=int", "info": "server=words version=3.11.2 license=community"})
	s.have("db", 3, "_system shop analytics inventory")
	s.have("collection", 4, "users orders products knows edges")
	s.make("key", 8, func() string { return pick(a, a.id(styleInt), a.word(2)) })
	s.make("cursor", 5, s.int(1000, 90000))
	s.have("graph", 2, "social routes knows_graph")
	s.run(150, `GET /_db/{db}/_api/version info
GET /_db/{db}/_api/database collection[]
GET,POST /_db/{db}/_api/collection collection[]
GET,DELETE /_db/{db}/_api/collection/{collection} collection
GET /_db/{db}/_api/collection/{collection}/count collection
PUT /_db/{db}/_api/collection/{collection}/truncate collection
POST /_db/{db}/_api/document/{collection} doc
GET,PUT,PATCH,DELETE /_db/{db}/_api/document/{collection}/{key} doc
POST /_db/{db}/_api/cursor cursor
PUT,DELETE /_db/{db}/_api/cursor/{cursor} cursor
GET,POST /_db/{db}/_api/gharial graph[]
GET,DELETE /_db/{db}/_api/gharial/{graph} graph
GET /_db/{db}/_api/gharial/{graph}/vertex collection[]
POST /_db/{db}/_api/explain info
GET /_admin/metrics -
GET /_admin/server/role info`)
}

// coresDialect has cores first, before words of the API, beside its administration.
func coresDialect(a *api) {
	s := newService(a, map[string]string{"docs": "responseHeader=@head response=@found", "head": "status=int QTime=int", "found": "numFound=int start=int docs=words", "ok": "responseHeader=@head"})
	s.have("core", 4, "products articles catalog_v2 users kobami")
	s.have("handler", 1, "x")
	s.run(110, `GET,POST /solr/{core}/select docs
POST /solr/{core}/update ok
POST /solr/{core}/update/json ok
GET /solr/{core}/suggest docs
GET /solr/{core}/get docs
GET,POST /solr/{core}/schema ok
GET /solr/{core}/schema/fields ok
GET /solr/{core}/admin/ping ok
GET,POST /solr/{core}/config ok
GET /solr/admin/cores ok
GET /solr/admin/collections ok
GET /solr/admin/info/system ok
GET /solr/admin/metrics ok`)
}

// lampsDialect has a name of a client in the path, and small numbers below plural nouns.
func lampsDialect(a *api) {
	s := newService(a, map[string]string{"lamp": "name=words type=words state=@state modelid=words", "state": "on=bool bri=int reachable=bool", "group": "name=words type=Room lights=words", "done": "success=words", "config": "name=words swversion=int apiversion=1.50.0"})
	s.have("client", 2, "1028d66426293e821ecfd9ef1a0731df newdeveloper")
	s.make("lamp", 6, s.int(1, 14))
	s.make("group", 4, s.int(0, 8))
	s.make("scene", 4, func() string { return a.base62(15) })
	s.run(130, `POST /api done
GET /api/{client} config
GET /api/{client}/lights lamp
GET,PUT,DELETE /api/{client}/lights/{lamp} lamp
PUT /api/{client}/lights/{lamp}/state done[]
GET,POST /api/{client}/groups group
GET,PUT,DELETE /api/{client}/groups/{group} group
PUT /api/{client}/groups/{group}/action done[]
GET,POST /api/{client}/scenes group
GET,PUT,DELETE /api/{client}/scenes/{scene} group
GET,POST /api/{client}/schedules group
GET /api/{client}/sensors group
GET,PUT /api/{client}/config config
GET /api/{client}/capabilities config`)
}

// talkDialect has slugs before numbers, and the ending of a format behind names.
func talkDialect(a *api) {
	s := newService(a, map[string]string{"topic": "id=$topic title=words slug=$slug posts_count=int tags=$tag", "post": "id=$post username=$user cooked=text topic_id=$topic", "user": "user=@person", "person": "id=int username=$user name=person", "category": "id=$category slug=$cat name=words"})
	s.have("slug", 5, "welcome-to-the-forum how-to-install release-notes-3-2 lost-password hello")
	s.values["slug"] = append(s.values["slug"], "-") // a client that knows the number only
	s.make("topic", 6, s.int(5, 900))
	s.make("post", 6, s.int(5, 9000))
	s.have("user", 4, "alice bob_smith carol.k system dave99")
	s.have("cat", 3, "support general site-feedback staff")
	s.make("category", 3, s.int(1, 20))
	s.have("tag", 3, "bug install how-to")
	s.run(150, `GET /latest.json topic[]
GET /top.json topic[]
GET /categories.json category[]
GET /c/{cat}/{category}.json topic[]
GET /c/{cat}/{category}/l/latest.json topic[]
GET /t/{slug}/{topic}.json topic
GET /t/{topic}.json topic
PUT /t/{slug}/{topic}.json topic
GET /t/{topic}/posts.json post[]
POST /posts.json post
GET,PUT,DELETE /posts/{post}.json post
GET /u/{user}.json user
GET /u/{user}/summary.json user
GET /u/{user}/emails.json user
GET /tag/{tag}.json topic[]
GET /site.json category
GET /search.json post[]
GET /notifications.json post[]`)
}

// tracksDialect has endings of formats behind collections and items alike.
func tracksDialect(a *api) {
	s := newService(a, map[string]string{"issue": "id=$issue subject=words done_ratio=int created_on=time", "project": "id=int identifier=$project name=words status=int", "version": "id=$version name=words due_date=day", "user": "id=$user login=words mail=mail", "page": "title=$page version=int text=text"})
	s.make("issue", 6, s.int(1, 9000))
	s.have("project", 4, "web-shop infra mobile-app docs")
	s.make("version", 4, s.int(1, 60))
	s.make("user", 4, s.int(1, 90))
	s.have("page", 3, "Wiki Installation Release_notes FAQ")
	s.run(150, `GET,POST /issues.json issue[]
GET,PUT,DELETE /issues/{issue}.json issue
POST /issues/{issue}/watchers.json -
DELETE /issues/{issue}/watchers/{user}.json -
GET,POST /projects.json project[]
GET,PUT,DELETE /projects/{project}.json project
GET,POST /projects/{project}/versions.json version[]
GET,POST /projects/{project}/memberships.json user[]
GET /projects/{project}/wiki/index.json page[]
GET,PUT,DELETE /projects/{project}/wiki/{page}.json page
GET,PUT,DELETE /versions/{version}.json version
GET,POST /users.json user[]
GET,PUT /users/{user}.json user
GET /users/current.json user
GET /trackers.json version[]
GET /enumerations/issue_priorities.json version[]`)
}

// tariffsDialect has codes with dashes, meters and slashes at the end.
func tariffsDialect(a *api) {
	s := newService(a, map[string]string{"product": "code=$product full_name=words is_green=bool available_from=time", "rate": "value_exc_vat=num valid_from=time", "meter": "gsp=_A|_B mpan=$mpan profile_class=int", "usage": "consumption=num interval_start=time", "account": "number=$account properties=words"})
	s.list = func(items []object) any {
		return object{"count", len(items), "next", nil, "previous", nil, "results", items}
	}
	s.have("product", 4, "VAR-17-01-11 AGILE-18-02-21 GO-22-07-05 FIX-12M-23-04-02")
	s.make("tariff", 5, func() string { return "E-1R-" + pick(a, s.values["product"]...) + "-" + pick(a, "A", "B", "C", "J") })
	s.make("mpan", 4, func() string { return fmt.Sprintf("20000%08d", a.r.IntN(1e8)) })
	s.make("serial", 4, func() string { return "19L" + fmt.Sprintf("%07d", a.r.IntN(1e7)) })
	s.make("account", 3, func() string { return "A-" + strings.ToUpper(a.hex(8)) })
	s.run(110, `GET /v1/products/ product[]
GET /v1/products/{product}/ product
GET /v1/products/{product}/electricity-tariffs/{tariff}/standard-unit-rates/ rate[]
GET /v1/products/{product}/electricity-tariffs/{tariff}/standing-charges/ rate[]
GET /v1/products/{product}/gas-tariffs/{tariff}/standard-unit-rates/ rate[]
GET /v1/electricity-meter-points/{mpan}/ meter
GET /v1/electricity-meter-points/{mpan}/meters/{serial}/consumption/ usage[]
GET /v1/gas-meter-points/{mpan}/meters/{serial}/consumption/ usage[]
GET /v1/industry/grid-supply-points/ meter[]
GET /v1/accounts/{account}/ account`)
}

// chessDialect has people by name, years and months, and clubs by slug.
func chessDialect(a *api) {
	s := newService(a, map[string]string{"player": "player_id=int username=$player followers=int joined=int", "game": "url=url pgn=text time_class=rapid|blitz rated=bool", "club": "club_id=int name=words members_count=int", "puzzle": "title=words fen=words image=url"})
	s.have("player", 5, "erik hikaru magnus_c anna-rudolf bob42 deepblue")
	s.have("year", 3, "2023 2024 2025")
	s.have("month", 5, "01 04 07 11 12")
	s.have("club", 3, "team-usa chess-com-developer-community dutch-masters")
	s.have("country", 3, "US NL DE NO")
	s.have("title", 2, "GM IM WGM")
	s.run(130, `GET /pub/player/{player} player
GET /pub/player/{player}/stats player
GET /pub/player/{player}/games game[]
GET /pub/player/{player}/games/archives game[]
GET /pub/player/{player}/games/{year}/{month} game[]
GET /pub/player/{player}/games/{year}/{month}/pgn -
GET /pub/player/{player}/clubs club[]
GET /pub/player/{player}/matches game[]
GET /pub/titled/{title} player[]
GET /pub/club/{club} club
GET /pub/club/{club}/members player[]
GET /pub/country/{country} club
GET /pub/country/{country}/players player[]
GET /pub/puzzle puzzle
GET /pub/puzzle/random puzzle
GET /pub/leaderboards player[]
GET /pub/streamers player[]`)
}

// placesDialect has a dotted name of a dataset and free text before an ending.
func placesDialect(a *api) {
	s := newService(a, map[string]string{"place": "id=hex type=Feature place_name=words relevance=num", "route": "distance=num duration=num geometry=hex", "style": "id=$style owner=$owner name=words modified=time", "tile": "tilejson=2.2.0 name=words bounds=words"})
	s.list = func(items []object) any { return object{"type", "FeatureCollection", "features", items} }
	s.have("query", 8, "berlin 10%20downing%20street paris%20france seattle san%20francisco springfield -73.99,40.73 13.4,52.5 2.35,48.85")
	s.have("lonlat", 4, "-73.99,40.73 13.4,52.5 2.35,48.85 -0.12,51.5")
	s.make("coords", 5, func() string {
		return pick(a, "13.4,52.5;13.5,52.6", "-122.4,37.7;-122.5,37.8;-122.6,37.9", "2.3,48.8;2.4,48.9")
	})
	s.have("profile", 3, "driving walking cycling")
	s.have("owner", 2, "acme globex")
	s.make("style", 3, func() string { return "ck" + a.hex(10) + a.word(2) })
	s.run(120, `GET /geocoding/v5/acme.places/{query}.json place[]
GET /directions/v5/acme/{profile}/{coords} route
GET /isochrone/v1/acme/{profile}/{lonlat} place[]
GET,POST /styles/v1/{owner} style[]
GET,PATCH,DELETE /styles/v1/{owner}/{style} style
GET /styles/v1/{owner}/{style}/sprite -
GET /tokens/v2/{owner} style[]`)
}

// sitesDialect has names of hosts as identifiers of sites, and slugs behind the name of an attribute.
func sitesDialect(a *api) {
	s := newService(a, map[string]string{"site": "ID=int name=words URL=url is_private=bool", "post": "ID=$post site_ID=int title=words slug=$slug", "comment": "ID=$comment author=person content=text", "term": "ID=int slug=$term name=words post_count=int"})
	s.have("site", 4, "example.com blog.acme.org 3584907 news.globex.io")
	s.make("post", 6, s.int(1, 9000))
	s.make("comment", 5, s.int(1, 9000))
	s.values["post"] = append(s.values["post"], "slug:hello-world", "slug:about-us")
	s.have("slug", 4, "hello-world about-us 2024-in-review launch")
	s.have("term", 4, "travel news uncategorized featured-posts")
	s.have("category", 4, "slug:travel slug:news slug:uncategorized slug:featured-posts")
	s.run(150, `GET /rest/v1.1/me site
GET /rest/v1.1/me/sites site[]
GET /rest/v1.1/sites/{site} site
GET /rest/v1.1/sites/{site}/posts post[]
GET,POST /rest/v1.1/sites/{site}/posts/{post} post
POST /rest/v1.1/sites/{site}/posts/new post
POST /rest/v1.1/sites/{site}/posts/{post}/delete post
GET /rest/v1.1/sites/{site}/posts/{post}/likes comment[]
POST /rest/v1.1/sites/{site}/posts/{post}/likes/new comment
GET,POST /rest/v1.1/sites/{site}/comments/{comment} comment
GET /rest/v1.1/sites/{site}/categories term[]
GET,POST /rest/v1.1/sites/{site}/categories/{category} term
GET /rest/v1.1/sites/{site}/stats site
GET /rest/v1.1/sites/{site}/stats/top-posts site
GET /rest/v1.1/freshly-pressed post[]`)
}

// dialsDialect has phone numbers with a plus, calls and recordings below them.
func dialsDialect(a *api) {
	s := newService(a, map[string]string{"number": "phone_number=$number country=DE|US capabilities=words", "lookup": "e164=$number carrier=words line_type=mobile|landline", "call": "call_id=$call from=$number to=$number state=active|parked", "file": "recording_id=$file duration=int"})
	s.data()
	s.make("number", 7, func() string { return pick(a, "+49151", "%2B1415", "+4420") + fmt.Sprintf("%07d", a.r.IntN(1e7)) })
	s.make("call", 5, func() string { return "v3:" + a.base62(22) })
	s.make("file", 4, s.uuid)
	s.run(130, `GET,POST /v2/phone_numbers number[]
GET,PATCH,DELETE /v2/phone_numbers/{number} number
GET,PATCH /v2/phone_numbers/{number}/voice number
GET,PATCH /v2/phone_numbers/{number}/messaging number
GET /v2/number_lookup/{number} lookup
POST /v2/calls call
GET /v2/calls/{call} call
POST /v2/calls/{call}/actions/answer -
POST /v2/calls/{call}/actions/hangup -
POST /v2/calls/{call}/actions/playback_start -
GET /v2/recordings file[]
GET,DELETE /v2/recordings/{file} file`)
}

// hotelsDialect has ranges of days behind rooms, and names of plans.
func hotelsDialect(a *api) {
	s := newService(a, map[string]string{"hotel": "id=$hotel name=words stars=int city=words", "room": "code=$room beds=int max_guests=int", "rate": "room=$room plan=$plan price=num currency=EUR", "booking": "reference=$booking hotel=$hotel arrival=day departure=day state=confirmed|cancelled"})
	s.make("hotel", 5, s.int(1000, 90000))
	s.have("room", 4, "DBL SGL SUITE TWN-SEA")
	s.have("plan", 3, "flex non-refundable breakfast corporate")
	s.have("from", 4, "2026-05-01 2026-06-12 2026-07-03 2026-07-04")
	s.have("to", 4, "2026-05-04 2026-06-15 2026-07-10 2026-08-01")
	s.make("booking", 5, func() string { return strings.ToUpper(a.base32(6)) })
	s.run(140, `GET /hotels hotel[]
GET /hotels/{hotel} hotel
GET /hotels/{hotel}/rooms room[]
GET /hotels/{hotel}/rooms/{room} room
GET /hotels/{hotel}/rooms/{room}/rates rate[]
GET,PUT /hotels/{hotel}/rooms/{room}/rates/{plan} rate
GET /hotels/{hotel}/availability/{from}/{to} room[]
GET,PUT /hotels/{hotel}/rooms/{room}/prices/{from} rate
POST /bookings booking
GET,PATCH /bookings/{booking} booking
POST /bookings/{booking}/cancel booking
POST /bookings/{booking}/check-in booking
GET /bookings/{booking}/invoice booking`)
}
