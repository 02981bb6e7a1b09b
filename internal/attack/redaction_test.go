package attack

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// planted is the secret that the attacks look for: a word under a name, which only its place gives
// away, or a random token, which its form does.
const (
	plantedWord  = "plantedhorsebattery"
	plantedToken = "Zk3vQ9tLmW2xR7bYc5Nf8GhJ4sPdT6Ua"
	plantedMail  = "planted.person@secret-mail.example"
	plantedCard  = "4111111111111111"
)

// exposure is a store with a flow for each attack, and all that is shown of it.
type exposure struct {
	once  sync.Once
	flows []exchange
	shown []map[string]string // for each flow, the texts by the place where they were shown
}

// add adds a flow and returns its index.
func (e *exposure) add(x exchange) int {
	e.flows = append(e.flows, x)
	return len(e.flows) - 1
}

// surfaces returns what is shown of a flow.
func (e *exposure) surfaces(a *attack, i int) map[string]string {
	a.Helper()
	e.once.Do(func() {
		db := a.capture(e.flows...)
		g := a.agent(legacy, []string{"mcp", "--db", db})
		for i := range e.flows {
			id := i + 1
			e.shown = append(e.shown, map[string]string{
				"inspect_flows":     g.call("inspect_flows", object{"flow_ids": id, "full_body": true}).raw,
				"the schemas":       g.call("inspect_flows", object{"flow_ids": id, "fields": "schemas"}).raw,
				"generate_client":   g.call("generate_client", object{"flow_ids": []int{id}}).raw,
				"extract_from_flow": g.call("extract_from_flow", object{"flow_id": id, "json_path": "$"}).raw,
			})
		}
		for i, har := range strings.Split(a.must("flows", "export", "--db", db), `"startedDateTime"`)[1:] {
			e.shown[i]["flows export"] = har
		}
	})
	if i >= len(e.shown) {
		a.Fatal("the flows could not be shown")
	}
	return e.shown[i]
}

// hides checks that no surface shows one of the texts.
func (a *attack) hides(e *exposure, i int, texts ...string) {
	a.Helper()
	for place, text := range e.surfaces(a, i) {
		plain := strings.NewReplacer(`\u003c`, "<", `\u003e`, ">", `\"`, `"`).Replace(text)
		a.excluding(place, plain, texts...)
	}
}

// Secrets are found in forms that their readers did not expect (threat 12).
func TestRedactionFindsSecrets(t *testing.T) {
	const tries = "reads a secret in a form that redaction does not recognize"
	const holds = "no listing, tool, export or document shows it"
	e := &exposure{}
	w := plantedWord
	for _, c := range []struct{ name, typ, body, secret string }{
		{"JSON", "application/json", `{"password":"` + w + `"}`, w},
		{"JSON object below the name", "application/json", `{"password":{"plain":"` + w + `"}}`, w},
		{"JSON array below the name", "application/json", `{"passwords":["` + w + `"],"secret":[["` + w + `"]]}`, w},
		{"JSON number", "application/json", `{"pin":918273645}`, "918273645"},
		{"JSON escapes in the name", "application/json", `{"pass\u0077ord":"` + w + `"}`, w},
		{"JSON escapes in the value", "application/json", `{"password":"\u0070lantedhorsebattery"}`, "lantedhorsebattery"},
		{"JSON in JSON", "application/json", `{"payload":"{\"password\":\"` + w + `\"}"}`, w},
		{"JSON in JSON in JSON", "application/json", `{"a":"{\"b\":\"{\\\"password\\\":\\\"` + w + `\\\"}\"}"}`, w},
		{"JSON with a byte order mark", "application/json", "\ufeff" + `{"password":"` + w + `"}`, w},
		{"JSON with comments", "application/json", "{/* c */ \"password\" /* c */ : /* c */ \"" + w + "\"}", w},
		{"JSON cut off", "application/json", `{"a":1,"password":"` + w, w},
		{"JSON with single quotes", "application/json", `{'password':'` + w + `'}`, w},
		{"JSON of another type", "text/plain", `{"password":"` + w + `"}`, w},
		{"JSON without a type", "", `{"password":"` + w + `"}`, w},
		{"JSON lines", "application/x-ndjson", "{\"a\":1}\n{\"password\":\"" + w + "\"}\n", w},
		{"JSON behind a guard", "application/json", ")]}',\n{\"password\":\"" + w + "\"}", w},
		{"JSONP", "application/javascript", `cb({"password":"` + w + `"})`, w},
		{"name and value", "application/json", `[{"name":"password","value":"` + w + `"},{"key":"api_key","val":"` + w + `"}]`, w},
		{"value before name", "application/json", `{"value":"` + w + `","name":"password"}`, w},
		{"token as a member name", "application/json", `{"sessions":{"` + plantedToken + `":{"user":1}}}`, plantedToken},
		{"token in a list", "application/json", `["` + plantedToken + `"]`, plantedToken},
		{"camel case", "application/json", `{"userPassword":"` + w + `","clientSecretValue":"` + w + `"}`, w},
		{"dashes", "application/json", `{"x-user-password":"` + w + `"}`, w},
		{"form", "application/x-www-form-urlencoded", "user=a&password=" + w, w},
		{"form array", "application/x-www-form-urlencoded", "password[0]=" + w + "&user[password]=" + w + "&a.b.password=" + w, w},
		{"form escaped name", "application/x-www-form-urlencoded", "%70assword=" + w, w},
		{"form with semicolons", "application/x-www-form-urlencoded", "a=1;password=" + w, w},
		{"form with JSON", "application/x-www-form-urlencoded", "data=" + url.QueryEscape(`{"password":"`+w+`"}`), w},
		{"XML element", "application/xml", "<a><password>" + w + "</password></a>", w},
		{"XML attribute", "application/xml", `<a password="` + w + `"/>`, w},
		{"XML CDATA", "application/xml", "<a><password><![CDATA[" + w + "]]></password></a>", w},
		{"XML with a prefix", "application/xml", `<s:a xmlns:s="u"><s:Password s:type="x">` + w + `</s:Password></s:a>`, w},
		{"XML with comments", "application/xml", "<a><password><!-- c -->" + w + "</password></a>", w},
		{"XML with entities", "application/xml", "<a><password>&#112;lantedhorsebattery</password></a>", "lantedhorsebattery"},
		{"XML of another type", "text/plain", "<?xml version='1.0'?><a><password>" + w + "</password></a>", w},
		{"SOAP header", "text/xml", `<s:Envelope xmlns:s="e"><s:Header><wsse:Security xmlns:wsse="w"><wsse:UsernameToken><wsse:Password>` + w + `</wsse:Password></wsse:UsernameToken></wsse:Security></s:Header></s:Envelope>`, w},
		{"HTML input", "text/html", `<input type="password" value="` + w + `">`, w},
		{"HTML input unquoted", "text/html", `<input name=password value=` + w + `>`, w},
		{"HTML input upper case", "text/html", `<INPUT NAME="PASSWORD" VALUE="` + w + `">`, w},
		{"HTML input spaced", "text/html", `<input name = "password" value = '` + w + `'>`, w},
		{"HTML input over lines", "text/html", "<input\n name=\"csrf_token\"\n type=hidden\n value=\"" + w + "\"\n>", w},
		{"HTML meta", "text/html", `<meta content="` + w + `" name="csrf-token">`, w},
		{"HTML data attribute", "text/html", `<div data-api-key="` + w + `" data-password='` + w + `'></div>`, w},
		{"HTML script", "text/html", `<script>window.config = {apiKey: "` + w + `", password: '` + w + `'}</script>`, w},
		{"HTML link", "text/html", `<a href="/x?a=1&amp;password=` + w + `">x</a>`, w},
		{"YAML", "application/yaml", "password: " + w + "\n", w},
		{"YAML block", "application/yaml", "password: |\n  " + w + "\n  more\n", w},
		{"YAML folded", "application/yaml", "password: >-\n    " + w + "\n", w},
		{"YAML anchor", "application/yaml", "a: &p\n  password: &x " + w + "\nb: *p\n", w},
		{"YAML tag", "application/yaml", "password: !!str " + w + "\n", w},
		{"YAML list", "application/yaml", "passwords:\n- " + w + "\n- x\n", w},
		{"YAML flow", "application/yaml", "{a: 1, password: " + w + "}\n", w},
		{"YAML quoted", "application/yaml", "\"pass\\x77ord\": \"" + w + "\"\n", w},
		{"YAML escaped name", "application/yaml", "a: 1\n\"p\\u0061ssword\": " + w + "\n", w},
		{"YAML name and value", "application/yaml", "env:\n- name: DB_PASSWORD\n  value: " + w + "\n", w},
		{"YAML value and name", "text/plain", "env:\n  - value: '" + w + "'\n    name: DB_PASSWORD\n", w},
		{"YAML in JSON", "application/json", `{"spec":"env:\n- name: DB_PASSWORD\n  value: ` + w + `\n"}`, w},
		{"pair", "application/json", `["password","` + w + `"]`, w},
		{"pairs", "application/json", `[["user","bob"],["password","` + w + `"]]`, w},
		{"type and value", "application/json", `{"credentials":[{"type":"password","value":"` + w + `","temporary":false}]}`, w},
		{"label and value", "application/json", `{"value":"` + w + `","label":"Password"}`, w},
		{"change of a field", "application/json", `{"field":"password","old_value":"x","new_value":"` + w + `"}`, w},
		{"rows below names", "application/json", `{"columns":["id","password"],"rows":[[1,"` + w + `"]]}`, w},
		{"rows of lists", "application/json", `[["user","password"],["bob","` + w + `"]]`, w},
		{"form name and value", "application/x-www-form-urlencoded", "p[0][value]=" + w + "&p[0][name]=password", w},
		{"XML type and value", "application/xml", "<c><type>password</type><value>" + w + "</value></c>", w},
		{"table of Markdown", "text/markdown", "| user | password |\n|---|---|\n| bob | " + w + " |\n", w},
		{"table of a shell", "text/plain", " id | password \n----+----\n  1 | " + w + "\n(1 row)\n", w},
		{"quoted cookie", "text/plain", "Cookie: a=\"" + w + "\"; b=c\n", w},
		{"XML as entities", "application/xml", "<a>&lt;password&gt;" + w + "&lt;/password&gt;</a>", w},
		{"JSON as escapes", "text/plain", "GET /a?d=%7B%22password%22%3A%22" + w + "%22%7D", w},
		{"parameters of JSON-RPC", "application/json", `{"method":"login","params":["ann","` + w + `"]}`, w},
		{"value that is said to be sensitive", "application/json", `{"sensitive":true,"value":"` + w + `"}`, w},
		{"table of pairs", "text/plain", "| user | bob |\n| password | " + w + " |\n", w},
		{"table in JSON", "application/json", `{"comment":"| password | ` + w + ` |"}`, w},
		{"HTML table with a head", "text/html", "<table><tr><th>user</th><th>password</th></tr><tr><td>bob</td><td><b>" + w + "</b></td></tr></table>", w},
		{"HTML table of pairs", "text/html", "<table><tr><td>user<td>bob<tr><td>Password:<td>" + w + "</table>", w},
		{"CSV name and value", "text/csv", "key,value\npassword," + w + "\n", w},
		{"CSV of another type", "text/plain", "user,password\nbob," + w + "\n", w},
		{"CSV in JSON", "application/json", `{"file":"user;password\nbob;` + w + `\n"}`, w},
		{"cut JSON with escapes", "application/json", `{"a":1,"pass\u0077ord":"` + w, w},
		{"YAML map below the name", "application/yaml", "credentials:\n  plain: " + w + "\n", w},
		{"CSV", "text/csv", "user,password\nx," + w + "\n", w},
		{"CSV with semicolons", "text/csv", "user;password\nx;" + w + "\n", w},
		{"CSV quoted", "text/csv", "\"user\",\"password\"\n\"x\",\"" + w + "\"\n", w},
		{"text with equals", "text/plain", "password = " + w, w},
		{"text with a colon", "text/plain", "Password: " + w + "\nok", w},
		{"environment", "text/plain", "export DB_PASSWORD='" + w + "'\nSECRET_KEY=" + w, w},
		{"ini file", "text/plain", "[db]\npassword=" + w + "\n", w},
		{"command", "text/plain", "mysql --password=" + w + " -u root; curl -u root:" + w + " https://x", w},
		{"URL with a user", "text/plain", "see https://root:" + w + "@db.example/x", w},
		{"connection string", "text/plain", "Server=x;User Id=sa;Password=" + w + ";Database=y", w},
		{"bearer in text", "text/plain", "Authorization: Bearer " + plantedToken, plantedToken},
		{"events", "text/event-stream", "event: x\ndata: {\"password\":\"" + w + "\"}\n\n", w},
		{"events over lines", "text/event-stream", "data: {\"a\":1,\ndata: \"password\":\"" + w + "\"}\n\n", w},
		{"multipart", "multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\n" + w + "\r\n--b--\r\n", w},
		{"multipart without a boundary", "multipart/form-data", "--b\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\n" + w + "\r\n--b--\r\n", w},
		{"multipart unquoted", "multipart/form-data; boundary=b", "--b\r\ncontent-disposition: form-data; name=password\r\n\r\n" + w + "\r\n--b--\r\n", w},
		{"multipart without an end", "multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\n" + w, w},
		{"multipart part header", "multipart/mixed; boundary=b", "--b\r\nX-Api-Key: " + w + "\r\nAuthorization: Bearer " + plantedToken + "\r\n\r\nx\r\n--b--\r\n", w},
		{"multipart file name", "multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"" + plantedMail + ".txt\"\r\n\r\nx\r\n--b--\r\n", plantedMail},
		{"GraphQL argument", "application/json", `{"query":"mutation { login(user: \"a\", password: \"` + w + `\") { id } }"}`, w},
		{"GraphQL variables", "application/json", `{"query":"mutation($p: String!){login(password:$p){id}}","variables":{"password":"` + w + `"}}`, w},
		{"e-mail", "application/json", `{"note":"` + plantedMail + `"}`, plantedMail},
		{"e-mail in a name", "application/json", `{"` + plantedMail + `":1}`, plantedMail},
		{"card", "application/json", `{"note":"` + plantedCard + `"}`, plantedCard},
		{"card with spaces", "text/plain", "pay 4111 1111 1111 1111 now", "4111 1111 1111 1111"},
		{"UTF-16", "application/json; charset=utf-16le", utf16le(`{"password":"` + w + `"}`), w},
		{"Latin-1", "text/plain; charset=iso-8859-1", "pa\xdf password: " + w, w},
		{"private key", "text/plain", "-----BEGIN PRIVATE KEY-----\n" + plantedToken + "\n-----END PRIVATE KEY-----", plantedToken},
		{"protocol words", "application/json", `{"id_token":"` + w + `","refreshToken":"` + w + `","access-token":"` + w + `"}`, w},
	} {
		for _, side := range []string{"request", "response"} {
			x := exchange{method: "POST", url: "https://api.example/v1/things"}
			if side == "request" {
				x.typ, x.body = c.typ, c.body
			} else {
				x.answerType, x.answerBody = c.typ, c.body
			}
			i := e.add(x)
			try(t, side+"/"+c.name, tries, holds, func(a *attack) { a.hides(e, i, c.secret) })
		}
	}
	for _, c := range []struct {
		name   string
		x      exchange
		secret string
	}{
		{"reset path", exchange{url: "https://api.example/reset/token/" + w}, w},
		{"login path", exchange{url: "https://api.example/login/password/" + w + "/x"}, w},
		{"token in a path", exchange{url: "https://api.example/share/" + plantedToken}, plantedToken},
		{"matrix parameter", exchange{url: "https://api.example/a;jsessionid=" + w + "/b"}, w},
		{"query", exchange{url: "https://api.example/a?access_token=" + w}, w},
		{"query array", exchange{url: "https://api.example/a?password[0]=" + w + "&user[secret]=" + w}, w},
		{"query escaped name", exchange{url: "https://api.example/a?%61ccess_token=" + w}, w},
		{"query link", exchange{url: "https://api.example/a?next=" + url.QueryEscape("https://x.example/?password="+w)}, w},
		{"query JSON", exchange{url: "https://api.example/a?q=" + url.QueryEscape(`{"password":"`+w+`"}`)}, w},
		{"user of the URL", exchange{url: "https://root:" + w + "@api.example/a"}, w},
		{"e-mail as a cookie name", exchange{url: "https://api.example/a", header: []string{"Cookie: " + strings.ReplaceAll(plantedMail, "@", "%40") + "=1"}}, "planted.person"},
		{"cookie", exchange{url: "https://api.example/a", header: []string{"Cookie: a=1; sid=" + w}}, w},
		{"set-cookie", exchange{url: "https://api.example/a", answer: []string{"Set-Cookie: sid=" + w + "; Path=/"}}, w},
		{"authorization", exchange{url: "https://api.example/a", header: []string{"Authorization: " + w}}, w},
		{"own scheme", exchange{url: "https://api.example/a", header: []string{"Authorization: ACME key=" + w + ", x=1"}}, w},
		{"x-api-key", exchange{url: "https://api.example/a", header: []string{"X-Api-Key: " + w}}, w},
		{"basic", exchange{url: "https://api.example/a", header: []string{"Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte("root:"+w))}}, base64.StdEncoding.EncodeToString([]byte("root:" + w))},
		{"location", exchange{url: "https://api.example/a", status: 302, answer: []string{"Location: https://x.example/cb#access_token=" + w}}, w},
		{"referer", exchange{url: "https://api.example/a", header: []string{"Referer: https://x.example/?token=" + w}}, w},
		{"JSON in a header", exchange{url: "https://api.example/a", header: []string{`X-Context: {"password":"` + w + `"}`}}, w},
		{"subprotocol", exchange{url: "https://api.example/a", header: []string{"Sec-WebSocket-Protocol: bearer, " + plantedToken}}, plantedToken},
		{"file name", exchange{url: "https://api.example/a", answer: []string{`Content-Disposition: attachment; filename="` + plantedMail + `.csv"`}}, plantedMail},
		{"repeated elsewhere", exchange{method: "POST", url: "https://api.example/a", typ: "application/json", body: `{"password":"` + w + `"}`, answerType: "text/plain", answerBody: "unknown: " + w}, w},
	} {
		i := e.add(c.x)
		try(t, "elsewhere/"+c.name, tries, holds, func(a *attack) { a.hides(e, i, c.secret) })
	}
	try(t, "values of a document", "reads secrets under weak names as enum, const or example of an inferred document", holds, func(a *attack) {
		var list []exchange
		for i := range 30 {
			list = append(list, exchange{method: "POST", url: fmt.Sprintf("https://api.example/things?key=%s&n=%d", plantedToken, i), typ: "application/json",
				body: `{"key":"` + plantedToken + `","auth":"` + plantedToken + `","sid":"` + plantedToken + `"}`, answerType: "application/json", answerBody: `{"nonce":"` + plantedToken + `"}`})
		}
		db := a.capture(list...)
		out := filepath.Join(a.dir, "api.yaml")
		a.must("export", "--db", db, "-o", out)
		a.excluding("the document", a.read(out), plantedToken)
		a.excluding("explain", a.must("explain", "--db", db, "POST", "/things"), plantedToken)
	})
}

func utf16le(s string) string {
	var b strings.Builder
	for _, r := range s {
		b.WriteByte(byte(r))
		b.WriteByte(byte(r >> 8))
	}
	return b.String()
}
