package mcptools

import (
	"strings"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/mcptools/placeholder"
	"github.com/spectap/spectap/mcptools/tool"
)

// A value that a flow of one origin returned is sent to that origin only. A text of the agent has
// no origin.
func TestVariablesStayWithTheirOrigin(t *testing.T) {
	bank := newUpstream(t)
	evil := newUpstream(t, bank)
	login := answered(newFlow("POST", "http", bank.authority(), "/login", ""), 200, "application/json",
		`{"access_token":"plantedBankToken4711","id":"account17"}`)
	s := connect(t, newStore(t, login,
		answered(newFlow("GET", "http", evil.authority(), "/steal", ""), 200, "", ""),
		answered(newFlow("GET", "http", bank.authority(), "/account", ""), 200, "", "")), evil.allow(bank.URL))
	for name, pattern := range map[string]string{"t": `"access_token":"([^"]+)"`, "id": `"id":"([^"]+)"`} {
		s.fine("extract_session_variable", object{"name": name, "flow_id": 1, "regex_pattern": pattern})
	}
	for _, c := range []struct {
		name string
		args object
	}{
		{"header", object{"headers_json": `{"X-Note":"$t"}`}},
		{"braces", object{"headers_json": `{"Authorization":"Bearer ${t}"}`}},
		{"cookie", object{"headers_json": `{"Cookie":"a=$t"}`}},
		{"body", object{"body": "x $t"}},
		{"body of a POST", object{"method": "POST", "body": "$t", "__confirmed": true}},
		{"not a secret by its form", object{"headers_json": `{"X-Note":"$id"}`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := s.in(t)
			c.args["flow_id"] = 2
			e := s.refused(tool.CodeBadArgument, "replay_flow", c.args)
			if message := e["message"].(string); !strings.Contains(message, bank.URL) || !strings.Contains(message, evil.URL) {
				t.Errorf("the error does not name both origins: %v", e)
			}
		})
	}
	if got := evil.requests(); len(got) > 0 {
		t.Errorf("another origin received %q", got)
	}
	s.fine("set_session_variable", object{"name": "own", "value": "text"})
	s.fine("replay_flow", object{"flow_id": 2, "headers_json": `{"X-Note":"$own"}`})
	if got := s.call("replay_flow", object{"flow_id": 3, "headers_json": `{"X-Note":"$t"}`}); got.isError || strings.Contains(got.text, "plantedBank") {
		t.Errorf("the own origin: %s", got.text)
	}
	if len(bank.requests()) != 1 || len(evil.requests()) != 1 {
		t.Errorf("received %q and %q", bank.requests(), evil.requests())
	}
}

// A text of the agent is never shown with a placeholder of the store: an agent could guess secrets.
func TestAgentsCannotTestGuesses(t *testing.T) {
	secret := "sk_live_" + "4eC39HqLyjWDarjtT1zdp7dc"
	f := answered(newFlow("GET", "https", "api.example.com", "/a", ""), 200, "", "")
	f.Request.Header = flow.Header{{Name: "Authorization", Value: "Bearer " + secret}}
	up := newUpstream(t)
	st := newStore(t, f, answered(newFlow("POST", "http", up.authority(), "/a", ""), 200, asJSONType, ""))
	s := connect(t, st, up.allow(), func(c *setup) { c.Allow.Rules, c.Allow.Import = &ruleList{}, &changer{st: st} })
	mark := placeholder.Find(s.call("inspect_flows", object{"flow_ids": 1}).text)
	if mark == "" {
		t.Fatal("the capture shows no placeholder")
	}
	rule := func(id, key, value string) object {
		return object{"rule_id": id, "action_type": "inject_header", "key": key, "value": value}
	}
	for _, c := range []struct {
		name, tool string
		args       object
	}{
		{"variable", "set_session_variable", object{"name": "a", "value": secret}},
		{"variable with a scheme", "set_session_variable", object{"name": "a", "value": "Authorization: Bearer " + secret}},
		{"name of a variable", "set_session_variable", object{"name": secret, "value": "x"}},
		{"global header", "set_global_header", object{"key": "Authorization", "value": "Bearer " + secret}},
		{"value of a rule", "add_interception_rule", rule("r", "X-Note", secret)},
		{"id of a rule", "add_interception_rule", rule(secret, "X-Note", "x")},
		{"bad rule", "add_interception_rule", object{"rule_id": "x", "action_type": "block", "url_pattern": "(" + secret}},
		{"pattern of a rule", "add_interception_rule", object{"rule_id": "p", "action_type": "block", "url_pattern": secret}},
		{"rules", "list_rules", nil},
		{"file", "load_traffic_file", object{"file_path": secret}},
		{"held body", "replay_flow", object{"flow_id": 2, "body": `{"password":"` + secret + `"}`}},
		{"held header", "replay_flow", object{"flow_id": 2, "headers_json": `{"Authorization":"Bearer ` + secret + `"}`}},
		{"operation of a search", "search_traffic", object{"operation": "/" + secret}},
		{"filter of failures", "find_failures", object{"filter": "status:" + secret}},
		{"domain", "list_operations", object{"domain": secret + ".example"}},
		{"number of a flow", "inspect_flows", object{"flow_ids": secret}},
		{"argument", "inspect_flows", object{secret: 1}},
		{"constant of a document", "diff_spec", object{"violations": true, "spec": `{openapi: 3.1.0, info: {title: t, version: "1"}, paths: {/a: {get: {parameters: [
			{name: Authorization, in: header, schema: {const: "Bearer ` + secret + `"}}], responses: {"200": {description: ok}}}}}}`}},
		{"operation", "explain_operation", object{"method": "GET", "path": "/" + secret}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := s.in(t).call(c.tool, c.args).text; strings.Contains(got, mark) {
				t.Errorf("the result confirms a guess: %s", got)
			}
		})
	}
}

// A secret is restored only under the name under which it stood. Under another name redaction would
// not find a short one when it comes back.
func TestSecretsAreRestoredWhereTheyStood(t *testing.T) {
	up := newUpstream(t)
	f := answered(newFlow("POST", "http", up.authority(), "/pay", ""), 200, asJSONType, `{"cvv":"739","token":"plantedBankToken4711"}`)
	f.Request.Header = flow.Header{{Name: "Content-Type", Value: asJSONType}, {Name: "X-Api-Key", Value: "plainwordskey"}}
	f.Request.Body = plainBody(`{"pin":"4813","note":"x"}`)
	form := f
	form.Request.Header = flow.Header{{Name: "Content-Type", Value: asForm}}
	form.Request.Body = plainBody("pin=4813&note=x")
	text := f
	text.Request.Header = flow.Header{{Name: "Content-Type", Value: "application/xml"}}
	text.Request.Body = plainBody("<a><pin>4813</pin><note>x</note></a>")
	s := connect(t, newStore(t, f, form, text), up.allow())
	shown := s.call("inspect_flows", object{"flow_ids": 1, "full_body": true}).text
	pin, key := placeholder.Find(shown[strings.Index(shown, `pin`):]), placeholder.Find(shown[strings.Index(shown, "X-Api-Key"):])
	for name, pattern := range map[string]string{"cvv": `"cvv":"([^"]+)"`, "token": `"token":"([^"]+)"`} {
		s.fine("extract_session_variable", object{"name": name, "flow_id": 1, "regex_pattern": pattern})
	}
	for _, c := range []struct {
		name string
		flow int
		args object
	}{
		{"member", 1, object{"body": `{"note":"` + pin + `"}`}},
		{"behind its name", 1, object{"body": `{"note":"pin ` + pin + `"}`}},
		{"not JSON", 1, object{"body": `pin":"` + pin}},
		{"name of a member", 1, object{"body": `{"` + pin + `":"x"}`}},
		{"repeated member", 1, object{"body": `{"note":"` + pin + `","note":"x","pin":"` + pin + `"}`}},
		{"after an object", 1, object{"body": `{"a":{"pin":"x"},"b":[{"pin":1},"` + pin + `"]}`}},
		{"header", 1, object{"headers_json": `{"X-Note":"` + pin + `"}`}},
		{"cookie", 1, object{"headers_json": `{"Cookie":"note=` + pin + `"}`}},
		{"long secret", 1, object{"headers_json": `{"X-Note":"` + key + `"}`}},
		{"form", 2, object{"body": "note=" + pin}},
		{"XML", 3, object{"body": "<a><note>" + pin + "</note></a>"}},
		{"XML behind its name", 3, object{"body": "<a><note>pin>" + pin + "</note></a>"}},
		{"variable", 1, object{"body": `{"note":"$cvv"}`}},
		{"in pieces", 1, object{"body": `{"note":"$a` + strings.TrimPrefix(pin, "[") + `"}`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := s.in(t)
			s.fine("set_session_variable", object{"name": "a", "value": "["})
			if c.name == "in pieces" {
				c.args["body"] = strings.Replace(c.args["body"].(string), "$a", "${a}", 1)
			}
			c.args["flow_id"] = c.flow
			e := s.refused(tool.CodeBadArgument, "replay_flow", c.args)
			if !strings.Contains(e["message"].(string), "under the name") {
				t.Errorf("the error does not say why: %v", e)
			}
		})
	}
	for want, args := range map[string]object{
		`POST /pay {"new":[{"pin":"4813"}]}`:             {"flow_id": 1, "body": `{"new":[{"pin":"` + pin + `"}]}`},
		"POST /pay pin=4813":                             {"flow_id": 2, "body": "pin=" + pin},
		"POST /pay <a><pin>4813</pin></a>":               {"flow_id": 3, "body": "<a><pin>" + pin + "</pin></a>"},
		`POST /pay {"cvv":"739"}`:                        {"flow_id": 1, "body": `{"cvv":"$cvv"}`},
		`POST /pay {"authorize":"plantedBankToken4711"}`: {"flow_id": 1, "body": `{"authorize":"$token"}`},
	} {
		s.refused(tool.CodeConfirm, "replay_flow", args)
		args["__confirmed"] = true
		s.fine("replay_flow", args)
		if got := up.requests(); got[len(got)-1] != want {
			t.Errorf("sent %q, want %q", got[len(got)-1], want)
		}
	}
}
