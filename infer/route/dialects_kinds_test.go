package route

import (
	"fmt"
	"strings"
)

// pagesDialect has functions and keys in parentheses, with quoted texts and GUIDs, behind a word that
// begins with an underscore.
func pagesDialect(a *api) {
	s := newService(a, map[string]string{"list": "Id=$list Title=$title ItemCount=int Created=time Hidden=bool",
		"entry": "Id=$entry Title=words AuthorId=int Modified=time", "file": "Name=$file Length=int TimeCreated=time UniqueId=uuid",
		"user": "Id=$user LoginName=mail Title=person", "context": "FormDigestValue=hex WebFullUrl=url"})
	s.item = func(o object) any { return object{"d", o} }
	s.list = func(items []object) any { return object{"d", object{"results", items}} }
	s.make("list", 4, s.uuid)
	s.have("title", 4, "Documents Site%20Pages Tasks Calendar Events")
	s.make("entry", 8, s.int(1, 90))
	s.make("user", 5, s.int(1, 60))
	s.have("file", 5, "plan.docx budget.xlsx minutes.pdf logo.png notes.txt")
	s.have("folder", 4, "%2Fsites%2Fteam%2FShared%20Documents %2Fsites%2Fteam%2FForms %2Fsites%2Fhr%2FPolicies %2Fsites%2Fhr")
	s.run(150, `GET /_api/web context
POST /_api/contextinfo context
GET,POST /_api/web/lists list[]
GET,DELETE /_api/web/lists(guid'{list}') list
GET,POST /_api/web/lists(guid'{list}')/items entry[]
GET,DELETE /_api/web/lists(guid'{list}')/items({entry}) entry
GET /_api/web/lists/GetByTitle('{title}') list
GET,POST /_api/web/lists/GetByTitle('{title}')/items entry[]
GET,POST /_api/web/lists/GetByTitle('{title}')/items({entry}) entry
GET /_api/web/GetFolderByServerRelativeUrl('{folder}')/Files file[]
GET /_api/web/GetFolderByServerRelativeUrl('{folder}')/Files('{file}')/$value -
GET /_api/web/siteusers user[]
GET /_api/web/GetUserById({user}) user
GET /_api/web/currentuser user`)
}

// scansDialect has dotted numbers of forty characters as identifiers, and lists of frames.
func scansDialect(a *api) {
	uid := func() string {
		return fmt.Sprintf("1.2.840.%d.%d.%d.%d", 10000+a.r.IntN(90000), a.r.IntN(1e9), a.r.IntN(1e9), a.r.IntN(9))
	}
	s := newService(a, map[string]string{"study": "0020000D=$study 00080020=day 00100020=hex", "series": "0020000E=$series 00080060=CT|MR|US",
		"instance": "00080018=$instance 00200013=int"})
	s.make("study", 5, uid)
	s.make("series", 6, uid)
	s.make("instance", 8, uid)
	s.have("frames", 4, "1 2 1,2 1,2,3 4")
	s.run(150, `GET,POST /dicom-web/studies study[]
GET,DELETE /dicom-web/studies/{study} -
GET /dicom-web/studies/{study}/metadata study[]
GET /dicom-web/studies/{study}/series series[]
GET /dicom-web/studies/{study}/series/{series} -
GET /dicom-web/studies/{study}/series/{series}/metadata series[]
GET /dicom-web/studies/{study}/series/{series}/instances instance[]
GET /dicom-web/studies/{study}/series/{series}/instances/{instance} -
GET /dicom-web/studies/{study}/series/{series}/instances/{instance}/metadata instance[]
GET /dicom-web/studies/{study}/series/{series}/instances/{instance}/rendered -
GET /dicom-web/studies/{study}/series/{series}/instances/{instance}/frames/{frames} -
GET /dicom-web/workitems instance[]`)
}

// featuresDialect has collections of places with matrices of tiles below them.
func featuresDialect(a *api) {
	s := newService(a, map[string]string{"collection": "id=$collection title=words itemType=feature", "feature": "id=$feature type=Feature geometry=@point properties=@props",
		"point": "type=Point coordinates=num", "props": "label=words height=num", "matrix": "id=$matrix title=words", "page": "title=words links=url"})
	s.list = func(items []object) any {
		return object{"type", "FeatureCollection", "features", items, "numberReturned", 3}
	}
	s.have("collection", 5, "buildings roads lakes land_parcels bus-stops rivers")
	s.make("feature", 9, s.int(1, 90000))
	s.have("matrix", 3, "WebMercatorQuad WorldCRS84Quad EuropeanETRS89_LAEAQuad")
	s.make("z", 4, s.int(0, 18))
	s.make("y", 6, s.int(0, 4000))
	s.make("x", 6, s.int(0, 4000))
	s.run(150, `GET /ogcapi page
GET /ogcapi/conformance page
GET /ogcapi/collections collection[]
GET /ogcapi/collections/{collection} collection
GET,POST /ogcapi/collections/{collection}/items feature[]
GET,PUT,DELETE /ogcapi/collections/{collection}/items/{feature} feature
GET /ogcapi/collections/{collection}/queryables page
GET /ogcapi/collections/{collection}/schema page
GET /ogcapi/collections/{collection}/tiles/{matrix} matrix
GET /ogcapi/collections/{collection}/tiles/{matrix}/{z}/{y}/{x} -
GET /ogcapi/tileMatrixSets matrix[]
GET /ogcapi/tileMatrixSets/{matrix} matrix
GET /ogcapi/processes page`)
}

// topicsDialect has topics below a namespace below a tenant, with statistics and subscriptions.
func topicsDialect(a *api) {
	s := newService(a, map[string]string{"tenant": "adminRoles=words allowedClusters=words", "cluster": "serviceUrl=url brokerServiceUrl=url",
		"stats": "msgRateIn=num msgRateOut=num storageSize=int", "policy": "retentionTimeInMinutes=int retentionSizeInMB=int"})
	s.have("tenant", 3, "public acme billing-team globex")
	s.have("ns", 4, "default orders events staging-eu")
	s.have("topic", 6, "payments clicks user-signups orders.v1 audit-log invoices")
	s.have("cluster", 2, "standalone us-west eu1")
	s.have("sub", 4, "workers mailer archive-1 indexer")
	texts := func(format string, param string) []any {
		var out []any
		for _, v := range s.values[param] {
			out = append(out, fmt.Sprintf(format, v))
		}
		return out
	}
	for range 3 {
		t, n, topic := pick(a, s.values["tenant"]...), pick(a, s.values["ns"]...), pick(a, s.values["topic"]...)
		s.get("/admin/v2/tenants", "/admin/v2/tenants", texts("%s", "tenant"))
		s.get("/admin/v2/clusters", "/admin/v2/clusters", texts("%s", "cluster"))
		s.get("/admin/v2/namespaces/{tenant}", "/admin/v2/namespaces/"+t, texts(t+"/%s", "ns"))
		s.get("/admin/v2/persistent/{tenant}/{ns}", "/admin/v2/persistent/"+t+"/"+n, texts("persistent://"+t+"/"+n+"/%s", "topic"))
		s.get("/admin/v2/persistent/{tenant}/{ns}/{topic}/subscriptions", "/admin/v2/persistent/"+t+"/"+n+"/"+topic+"/subscriptions", texts("%s", "sub"))
	}
	s.run(150, `GET,PUT,POST,DELETE /admin/v2/tenants/{tenant} tenant
GET,PUT /admin/v2/clusters/{cluster} cluster
GET,PUT,DELETE /admin/v2/namespaces/{tenant}/{ns} tenant
GET,POST /admin/v2/namespaces/{tenant}/{ns}/retention policy
GET,POST /admin/v2/namespaces/{tenant}/{ns}/backlogQuota policy
PUT,DELETE /admin/v2/persistent/{tenant}/{ns}/{topic} -
GET /admin/v2/persistent/{tenant}/{ns}/{topic}/stats stats
GET /admin/v2/persistent/{tenant}/{ns}/{topic}/internalStats stats
PUT,DELETE /admin/v2/persistent/{tenant}/{ns}/{topic}/subscription/{sub} -
POST /admin/v2/persistent/{tenant}/{ns}/{topic}/subscription/{sub}/skip_all -
GET /admin/v2/brokers/health -
GET /admin/v2/brokers/version -`)
}

// computeDialect has applications with composite identifiers, stages and attempts by number.
func computeDialect(a *api) {
	s := newService(a, map[string]string{"app": "id=$app user=words state=RUNNING|FINISHED startedTime=int", "stage": "stageId=$stage attemptId=$attempt numTasks=int status=ACTIVE|COMPLETE",
		"executor": "id=$executor hostPort=words totalCores=int", "node": "id=$node rack=words state=RUNNING availMemoryMB=int", "metrics": "appsSubmitted=int appsRunning=int"})
	s.make("app", 5, func() string { return fmt.Sprintf("application_%d_%04d", 1700000000000+a.r.IntN(99999), a.r.IntN(99)) })
	s.make("stage", 6, s.int(0, 30))
	s.make("attempt", 2, s.int(0, 2))
	s.make("executor", 4, s.int(1, 20))
	s.make("node", 4, func() string { return fmt.Sprintf("host%d.example.com:8041", a.r.IntN(30)) })
	s.run(140, `GET /api/v1/applications app[]
GET /api/v1/applications/{app} app
GET /api/v1/applications/{app}/jobs stage[]
GET /api/v1/applications/{app}/jobs/{stage} stage
GET /api/v1/applications/{app}/stages stage[]
GET /api/v1/applications/{app}/stages/{stage} stage[]
GET /api/v1/applications/{app}/stages/{stage}/{attempt} stage
GET /api/v1/applications/{app}/stages/{stage}/{attempt}/taskSummary metrics
GET /api/v1/applications/{app}/stages/{stage}/{attempt}/taskList executor[]
GET /api/v1/applications/{app}/executors executor[]
GET /api/v1/applications/{app}/executors/{executor}/threads executor[]
GET /api/v1/applications/{app}/environment metrics
GET /ws/v1/cluster/info metrics
GET /ws/v1/cluster/metrics metrics
GET /ws/v1/cluster/apps app[]
GET,DELETE /ws/v1/cluster/apps/{app} app
GET,PUT /ws/v1/cluster/apps/{app}/state app
GET /ws/v1/cluster/nodes node[]
GET /ws/v1/cluster/nodes/{node} node`)
}

// chargersDialect has four or five keys in a row: country, party, place, outlet, plug.
func chargersDialect(a *api) {
	s := newService(a, map[string]string{"location": "id=$location country_code=$country party_id=$party name=words", "evse": "uid=$evse status=AVAILABLE|CHARGING last_updated=time",
		"connector": "id=$connector standard=IEC_62196_T2 power_type=AC_3_PHASE", "session": "id=$session kwh=num currency=EUR", "token": "uid=$token type=RFID|APP_USER valid=bool",
		"version": "version=2.2.1|2.1.1 url=url", "result": "result=ACCEPTED|REJECTED timeout=int"})
	s.item = func(o object) any { return object{"status_code", 1000, "data", o, "timestamp", s.when()} }
	s.list = func(items []object) any { return object{"status_code", 1000, "data", items, "timestamp", s.when()} }
	s.have("country", 2, "DE NL BE")
	s.have("party", 3, "ABC TNM EXA FAS")
	s.make("location", 5, func() string { return "LOC" + fmt.Sprint(100+a.r.IntN(900)) })
	s.make("evse", 5, s.int(3000, 900))
	s.make("connector", 2, s.int(1, 3))
	s.have("command", 2, "START_SESSION STOP_SESSION UNLOCK_CONNECTOR")
	s.make("session", 5, s.int(100, 900))
	s.make("token", 5, func() string { return a.hex(14) })
	s.run(150, `GET /ocpi/versions version[]
GET /ocpi/2.2.1/details version
GET,PUT,PATCH /ocpi/2.2.1/locations/{country}/{party}/{location} location
GET,PUT,PATCH /ocpi/2.2.1/locations/{country}/{party}/{location}/{evse} evse
GET,PUT,PATCH /ocpi/2.2.1/locations/{country}/{party}/{location}/{evse}/{connector} connector
GET,PUT,PATCH /ocpi/2.2.1/sessions/{country}/{party}/{session} session
GET,PUT,DELETE /ocpi/2.2.1/tariffs/{country}/{party}/{session} session
GET,PUT,PATCH /ocpi/2.2.1/tokens/{country}/{party}/{token} token
POST /ocpi/2.2.1/tokens/{token}/authorize token
GET /ocpi/2.2.1/cdrs session[]
POST /ocpi/2.2.1/commands/{command} result
GET,POST,PUT,DELETE /ocpi/2.2.1/credentials token`)
}

// contextDialect has URNs as identifiers and attributes by name.
func contextDialect(a *api) {
	s := newService(a, map[string]string{"entity": "id=$entity type=Car|Room speed=num brand=words", "attr": "type=Property value=num observedAt=time",
		"sub": "id=$sub type=Subscription description=words isActive=bool", "type": "id=url typeName=$type attributeNames=words"})
	s.make("entity", 8, func() string { return fmt.Sprintf("urn:ngsi-ld:%s:%d", pick(a, "Car", "Room", "Sensor"), a.r.IntN(90)) })
	s.make("sub", 4, func() string { return "urn:ngsi-ld:Subscription:" + a.hex(8) })
	s.have("attr", 4, "speed brand temperature location batteryLevel")
	s.have("type", 3, "Car Room Sensor")
	s.run(130, `GET,POST /ngsi-ld/v1/entities entity[]
GET,PUT,PATCH,DELETE /ngsi-ld/v1/entities/{entity} entity
POST,PATCH /ngsi-ld/v1/entities/{entity}/attrs -
PATCH,PUT,DELETE /ngsi-ld/v1/entities/{entity}/attrs/{attr} -
GET,POST /ngsi-ld/v1/subscriptions sub[]
GET,PATCH,DELETE /ngsi-ld/v1/subscriptions/{sub} sub
GET /ngsi-ld/v1/types type[]
GET /ngsi-ld/v1/types/{type} type
GET /ngsi-ld/v1/attributes type[]
GET /ngsi-ld/v1/attributes/{attr} type
POST /ngsi-ld/v1/entityOperations/create -
POST /ngsi-ld/v1/entityOperations/upsert -
POST /ngsi-ld/v1/entityOperations/delete -
POST /ngsi-ld/v1/entityOperations/query entity[]`)
}

// registrarDialect looks up domains, addresses with and without a prefix, and numbers below singular
// nouns.
func registrarDialect(a *api) {
	s := newService(a, map[string]string{"domain": "handle=hex ldhName=$domain objectClassName=domain status=words", "network": "handle=hex startAddress=$ip ipVersion=v4 objectClassName=network",
		"number": "handle=hex startAutnum=$asn objectClassName=autnum", "entity": "handle=$entity objectClassName=entity roles=words", "help": "notices=words lang=en"})
	s.have("domain", 5, "example.com example.net acme.org globex.io shop.example.com")
	s.have("server", 4, "ns1.example.com ns2.example.net a.acme.org")
	s.make("ip", 5, func() string { return fmt.Sprintf("%d.%d.%d.0", 1+a.r.IntN(220), a.r.IntN(255), a.r.IntN(255)) })
	s.have("length", 4, "8 16 22 24")
	s.make("asn", 5, s.int(1000, 60000))
	s.make("entity", 5, func() string { return strings.ToUpper(a.word(2)) + "-" + fmt.Sprint(a.r.IntN(99)) })
	s.run(110, `GET /rdap/domain/{domain} domain
GET /rdap/nameserver/{server} domain
GET /rdap/ip/{ip} network
GET /rdap/ip/{ip}/{length} network
GET /rdap/autnum/{asn} number
GET /rdap/entity/{entity} entity
GET /rdap/domains domain[]
GET /rdap/entities entity[]
GET /rdap/nameservers domain[]
GET /rdap/help help`)
}

// billsDialect has a number, a kind and another number in a row below singular nouns.
func billsDialect(a *api) {
	s := newService(a, map[string]string{"bill": "congress=$congress type=HR|S number=$number title=text", "action": "actionDate=day text=text type=Floor|Committee",
		"member": "bioguideId=$member directOrderName=person state=OH|CA", "committee": "systemCode=$code name=words chamber=House|Senate"})
	wrap := func(o any) any { return object{"request", object{"format", "json"}, "data", o} }
	s.item, s.list = func(o object) any { return wrap(o) }, func(items []object) any { return wrap(items) }
	s.have("congress", 3, "116 117 118 119")
	s.have("type", 4, "hr s hjres sres hconres")
	s.make("number", 8, s.int(1, 5000))
	s.make("member", 6, func() string { return pick(a, "L", "S", "B") + fmt.Sprintf("%06d", a.r.IntN(2000)) })
	s.have("chamber", 2, "house senate joint")
	s.make("code", 5, func() string { return pick(a, "hs", "ss") + a.base32(2) + fmt.Sprintf("%02d", a.r.IntN(20)) })
	s.run(150, `GET /v3/bill bill[]
GET /v3/bill/{congress} bill[]
GET /v3/bill/{congress}/{type} bill[]
GET /v3/bill/{congress}/{type}/{number} bill
GET /v3/bill/{congress}/{type}/{number}/actions action[]
GET /v3/bill/{congress}/{type}/{number}/cosponsors member[]
GET /v3/bill/{congress}/{type}/{number}/summaries action[]
GET /v3/amendment/{congress}/{type}/{number} bill
GET /v3/amendment/{congress}/{type}/{number}/actions action[]
GET /v3/member member[]
GET /v3/member/{member} member
GET /v3/member/{member}/sponsored-legislation bill[]
GET /v3/committee/{chamber} committee[]
GET /v3/committee/{chamber}/{code} committee
GET /v3/committee/{chamber}/{code}/bills bill[]`)
}
