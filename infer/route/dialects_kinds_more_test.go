package route

import (
	"fmt"
	"strings"
)

// semicolonsDialect has lists of identifiers between semicolons.
func semicolonsDialect(a *api) {
	s := newService(a, map[string]string{"question": "question_id=$question title=text score=int is_answered=bool", "answer": "answer_id=$answer score=int is_accepted=bool",
		"user": "user_id=$user display_name=person reputation=int", "badge": "badge_id=$badge rank=gold|silver name=words", "tag": "name=$tag count=int has_synonyms=bool"})
	s.item = func(o object) any { return object{"items", []object{o}, "has_more", false, "quota_max", 300} }
	s.list = func(items []object) any { return object{"items", items, "has_more", true, "quota_max", 300} }
	list := func(low int) func() string {
		return func() string {
			return strings.Join(some(1+a.r.IntN(3), func() string { return fmt.Sprint(low + a.r.IntN(90000)) }), ";")
		}
	}
	s.make("question", 6, s.int(1000, 90000))
	s.make("answer", 6, s.int(1000, 90000))
	s.make("user", 5, s.int(1, 90000))
	s.make("badge", 4, s.int(1, 900))
	s.make("questions", 7, list(1000))
	s.make("answers", 6, list(1000))
	s.make("users", 6, list(1))
	s.make("badges", 4, list(1))
	s.have("tag", 5, "javascript go rust c%23 postgresql docker")
	s.have("tags", 5, "javascript go;rust c%23 postgresql docker")
	s.run(140, `GET /2.3/questions question[]
GET /2.3/questions/{questions} question[]
GET /2.3/questions/{questions}/answers answer[]
GET /2.3/questions/{questions}/linked question[]
GET /2.3/questions/featured question[]
GET /2.3/questions/unanswered question[]
GET /2.3/answers answer[]
GET /2.3/answers/{answers} answer[]
GET /2.3/users user[]
GET /2.3/users/{users} user[]
GET /2.3/users/{users}/badges badge[]
GET /2.3/users/{users}/questions question[]
GET /2.3/badges badge[]
GET /2.3/badges/{badges} badge[]
GET /2.3/tags tag[]
GET /2.3/tags/{tags}/info tag[]
GET /2.3/tags/{tags}/faq question[]
GET /2.3/info tag
GET /2.3/search/advanced question[]`)
}

// functionsDialect has a date as version for each part, and names or long resource names with colons
// as identifiers.
func functionsDialect(a *api) {
	s := newService(a, map[string]string{"function": "FunctionName=$name Runtime=go1.x|python3.12 MemorySize=int LastModified=time", "alias": "Name=$alias FunctionVersion=int Description=words",
		"mapping": "UUID=$mapping BatchSize=int State=Enabled|Disabled", "layer": "LayerName=$layer LatestVersion=int", "tags": "Tags=words", "result": "ok=bool total=int"})
	s.have("name", 5, "checkout resize-image nightly-report send_mail worker")
	s.values["fn"] = append([]string{}, s.values["name"]...)
	for _, n := range s.values["name"][:3] {
		s.values["fn"] = append(s.values["fn"], "arn:cloud:lambda:eu-west-1:123456789012:function:"+n)
	}
	s.make("arn", 4, func() string { return "arn%3Acloud%3Alambda%3Aeu-west-1%3A123456789012%3Afunction%3A" + a.word(2) })
	s.have("alias", 3, "live canary beta")
	s.make("mapping", 4, s.uuid)
	s.have("layer", 3, "shared-libs ffmpeg tracing")
	s.make("number", 3, s.int(1, 12))
	s.run(150, `GET,POST /2015-03-31/functions function[]
GET,DELETE /2015-03-31/functions/{fn} function
PUT /2015-03-31/functions/{fn}/code function
GET,PUT /2015-03-31/functions/{fn}/configuration function
POST /2015-03-31/functions/{fn}/invocations result
GET,POST /2015-03-31/functions/{fn}/aliases alias[]
GET,PUT,DELETE /2015-03-31/functions/{fn}/aliases/{alias} alias
GET,PUT,DELETE /2017-10-31/functions/{fn}/concurrency result
GET,POST /2015-03-31/event-source-mappings mapping[]
GET,PUT,DELETE /2015-03-31/event-source-mappings/{mapping} mapping
GET /2018-10-31/layers layer[]
GET,POST /2018-10-31/layers/{layer}/versions layer[]
GET,DELETE /2018-10-31/layers/{layer}/versions/{number} layer
GET,POST,DELETE /2017-03-31/tags/{arn} tags
GET /2016-08-19/account-settings result`)
}

// interfacesDialect has interfaces, methods and versions, without any parameter.
func interfacesDialect(a *api) {
	s := newService(a, map[string]string{"player": "steamid=int personaname=person lastlogoff=int", "game": "appid=int name=words playtime_forever=int", "news": "gid=int title=text date=int"})
	s.item = func(o object) any { return object{"response", o} }
	s.list = func(items []object) any { return object{"response", object{"total", 3, "list", items}} }
	s.run(110, `GET /IPlayerUser/GetPlayerSummaries/v2 player[]
GET /IPlayerUser/GetFriendList/v1 player[]
GET /IPlayerUser/ResolveVanityURL/v1 player
GET /IPlayerStats/GetGlobalAchievementPercentages/v2 game[]
GET /IPlayerStats/GetNumberOfCurrentPlayers/v1 game
GET /IPlayerService/GetOwnedGames/v1 game[]
GET /IPlayerService/GetBadges/v1 game[]
GET /IPlayerService/GetSteamLevel/v1 player
GET /INewsService/GetNewsForApp/v2 news[]
GET /IApps/GetAppList/v2 game[]
POST /IWorkshop/GetPublishedFileDetails/v1 news[]
POST /IWorkshop/GetCollectionDetails/v1 news[]`)
}

// relationsDialect has objects and subjects as type:id, and relations between them.
func relationsDialect(a *api) {
	s := newService(a, map[string]string{"tuple": "object=$object relation=$relation subject=$subject created=time", "check": "allowed=bool checked_at=time", "tree": "type=union|leaf subject=$subject"})
	thing := func(kinds ...string) func() string {
		return func() string { return pick(a, kinds...) + ":" + pick(a, a.name(), a.id(styleSmall), a.word(2)) }
	}
	s.make("object", 8, thing("document", "folder", "repo"))
	s.make("subject", 8, thing("user", "group"))
	s.have("relation", 4, "viewer editor owner parent member")
	s.run(110, `GET,POST /v1/stores tuple[]
GET /v1/objects/{object} tuple[]
GET /v1/objects/{object}/relations/{relation} tuple[]
PUT,DELETE /v1/objects/{object}/relations/{relation}/subjects/{subject} -
GET /v1/objects/{object}/relations/{relation}/expand tree
GET /v1/subjects/{subject}/objects tuple[]
POST /v1/check check
POST /v1/check/batch check[]`)
}

// classesDialect has classes of its users' making in Pascal case, and functions by name.
func classesDialect(a *api) {
	s := newService(a, map[string]string{"record": "objectId=$record createdAt=time updatedAt=time score=int", "user": "objectId=$user username=person emailVerified=bool createdAt=time",
		"schema": "className=$class fields=words", "result": "result=words", "file": "name=$file url=url", "config": "params=words masterKeyOnly=bool"})
	s.list = func(items []object) any { return object{"results", items} }
	s.have("class", 4, "GameScore Player Comment Invoice _Installation TestObject")
	s.make("record", 9, func() string { return a.base62(10) })
	s.make("user", 5, func() string { return a.base62(10) })
	s.have("function", 4, "hello sendInvite averageStars resetScores")
	s.have("file", 3, "pic.jpg report.pdf avatar.png")
	s.run(150, `GET,POST /parse/classes/{class} record[]
GET,PUT,DELETE /parse/classes/{class}/{record} record
GET,POST /parse/users user[]
GET,PUT,DELETE /parse/users/{user} user
GET /parse/users/me user
GET /parse/login user
POST /parse/logout -
GET,POST /parse/roles user[]
GET,PUT,DELETE /parse/roles/{user} user
POST /parse/functions/{function} result
GET /parse/schemas schema[]
GET,POST,PUT,DELETE /parse/schemas/{class} schema
POST /parse/files/{file} file
GET,PUT /parse/config config
POST /parse/batch result
GET /parse/health result`)
}

// erpDialect has types and keys with spaces, and dotted names of procedures.
func erpDialect(a *api) {
	s := newService(a, map[string]string{"doc": "name=$doc owner=mail modified=time docstatus=int", "result": "message=words"})
	s.item = func(o object) any { return object{"data", o} }
	s.list = func(items []object) any { return object{"data", items} }
	s.have("type", 5, "Customer Sales%20Invoice Purchase%20Order Item User Delivery%20Note")
	s.make("doc", 9, func() string {
		return pick(a, fmt.Sprintf("SINV-%05d", a.r.IntN(900)), fmt.Sprintf("PO-2026-%04d", a.r.IntN(900)), a.vendor()+"%20"+a.vendor(), fmt.Sprintf("ITEM-%03d", a.r.IntN(99)))
	})
	s.run(130, `GET,POST /api/resource/{type} doc[]
GET,PUT,DELETE /api/resource/{type}/{doc} doc
GET /api/resource/{type}/{doc} doc
GET /api/method/ping result
GET /api/method/version result
POST /api/method/login result
POST /api/method/logout result
GET /api/method/desk.auth.get_logged_user result
POST /api/method/desk.client.get_count result
POST /api/method/desk.client.get_list result
POST /api/method/desk.client.set_value result
POST /api/method/upload_file result`)
}

// chartsDialect has singular nouns above UUIDs, twice in a path.
func chartsDialect(a *api) {
	s := newService(a, map[string]string{"patient": "uuid=$patient display=person voided=bool", "identifier": "uuid=$part identifier=hex preferred=bool", "concept": "uuid=$concept display=words datatype=words",
		"obs": "uuid=$obs display=words value=num", "session": "sessionId=hex authenticated=bool"})
	s.list = func(items []object) any { return object{"results", items} }
	s.make("patient", 5, s.uuid)
	s.make("part", 5, s.uuid)
	s.make("concept", 5, s.uuid)
	s.make("obs", 5, s.uuid)
	s.run(140, `GET,DELETE /ws/rest/v1/session session
GET,POST /ws/rest/v1/patient patient[]
GET,POST,DELETE /ws/rest/v1/patient/{patient} patient
GET,POST /ws/rest/v1/patient/{patient}/identifier identifier[]
GET,POST,DELETE /ws/rest/v1/patient/{patient}/identifier/{part} identifier
GET /ws/rest/v1/patient/{patient}/allergy obs[]
GET,POST /ws/rest/v1/person patient[]
GET,POST /ws/rest/v1/person/{patient}/name/{part} identifier
GET,POST /ws/rest/v1/concept concept[]
GET /ws/rest/v1/concept/{concept} concept
GET /ws/rest/v1/concept/{concept}/description/{part} identifier
GET,POST /ws/rest/v1/obs obs[]
GET,POST,DELETE /ws/rest/v1/obs/{obs} obs
GET /ws/rest/v1/systemsetting obs[]
GET /ws/rest/v1/module obs[]`)
}

// metadataDialect has codes of eleven letters and digits that begin with a letter, and collections in
// camel case, some below a number as version.
func metadataDialect(a *api) {
	s := newService(a, map[string]string{"element": "id=$element displayName=words valueType=NUMBER|TEXT lastUpdated=time", "unit": "id=$unit displayName=words level=int path=words",
		"info": "version=words revision=hex", "group": "id=$group displayName=words access=words"})
	code := func() string { return pick(a, strings.Split("ABCDefghXYz", "")...) + a.base62(10) }
	s.make("element", 6, code)
	s.make("unit", 6, code)
	s.make("group", 4, code)
	s.have("key", 3, "keyUiLocale keyStyle keyDbLocale")
	s.have("namespace", 3, "myapp dashboards-plus tracker")
	s.run(150, `GET /api/40/dataElements element[]
GET,PUT,DELETE /api/40/dataElements/{element} element
GET,POST /api/40/organisationUnits unit[]
GET,PUT /api/40/organisationUnits/{unit} unit
GET /api/40/organisationUnits/{unit}/parents unit[]
GET,POST /api/40/userGroups group[]
POST,DELETE /api/40/userGroups/{group}/users/{element} -
GET /api/40/analytics info
POST /api/40/dataValueSets info
GET /api/40/system/info info
GET,POST,DELETE /api/40/userSettings/{key} info
GET /api/40/dataStore group[]
GET,DELETE /api/40/dataStore/{namespace} group[]
GET,POST,PUT,DELETE /api/40/dataStore/{namespace}/{key} info
GET /api/40/me unit
GET /api/40/me/dashboard info
GET /api/40/schemas info
POST /api/40/maintenance/analyticsTablesClear -`)
}

// modelsDialect calls methods of models whose names have dots, which requests repeat.
func modelsDialect(a *api) {
	s := newService(a, map[string]string{"result": "jsonrpc=2.0 id=int result=words", "session": "uid=int username=mail db=words"})
	models := strings.Fields("res.partner sale.order account.move product.template hr.employee stock.picking")
	methods := strings.Fields("read write create search_read web_search_read unlink action_confirm name_search")
	for range 70 {
		m, f := pick(a, models...), pick(a, methods...)
		s.do("POST", "/web/dataset/call_kw/{model}/{method}", "/web/dataset/call_kw/"+m+"/"+f,
			object{"jsonrpc", "2.0", "method", "call", "params", object{"model", m, "method", f}}, 200, object{"jsonrpc", "2.0", "id", "7", "result", "x"})
	}
	s.make("id", 5, s.int(1, 400))
	s.have("model", 4, strings.Join(models, " "))
	s.have("field", 3, "image_128 image_1920 avatar_128")
	s.run(60, `POST /web/session/authenticate session
POST /web/session/get_session_info session
POST /web/session/destroy result
GET /web/image/{model}/{id}/{field} -
POST /web/action/load result
GET /web/webclient/version_info result`)
}

// eventsDialect has verbs before identifiers, below capital and small nouns.
func eventsDialect(a *api) {
	s := newService(a, map[string]string{"event": "id=$event info=text threat_level_id=int published=bool", "attribute": "id=$attribute type=ip-src|md5 category=words value=hex",
		"tag": "id=$tag name=words colour=hex", "done": "saved=bool success=bool message=text"})
	s.make("event", 6, s.int(1, 3000))
	s.make("attribute", 6, s.int(1, 90000))
	s.make("tag", 5, s.int(1, 90))
	s.run(150, `GET /events/index event[]
GET /events/view/{event} event
POST /events/add event
POST /events/edit/{event} event
DELETE /events/delete/{event} done
POST /events/publish/{event} done
POST /events/addTag/{event}/{tag} done
POST /events/restSearch event[]
GET /attributes attribute[]
GET /attributes/view/{attribute} attribute
POST /attributes/add/{event} attribute
POST /attributes/edit/{attribute} attribute
DELETE /attributes/delete/{attribute} done
POST /attributes/restSearch attribute[]
GET /tags tag[]
GET /tags/view/{tag} tag
POST /tags/add tag
POST /tags/edit/{tag} tag
GET /tags/search/{tag} tag[]`)
}
