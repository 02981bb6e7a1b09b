package mcptools

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/mcptools/codegen"
	"github.com/spectap/spectap/mcptools/view"
)

// hidingText acts on a terminal, or does not show.
const hidingText = "a\x1b[2J\x1b]8;;http://x.example\x07\u009b\u202e\u2066\u200b\u2028\r\b\x7f\U000e0041"

// hidingFlows have such text wherever a flow has text.
func hidingFlows() []flow.Flow {
	raw, _ := json.Marshal(hidingText)
	escaped := strings.NewReplacer("\u009b", `\u009b`, "\u202e", `\u202e`, "\u200b", `\u200b`).Replace(strings.Trim(string(raw), `"`))
	body := func(s string) flow.Body { return flow.Body{Data: []byte(s), Size: int64(len(s))} }
	var out []flow.Flow
	for i, typ := range []string{"application/json", "text/html", "text/plain", "application/xml", "application/x-www-form-urlencoded", "text/" + hidingText} {
		text := []string{
			`{"id":1,"` + escaped + `":["` + escaped + `",{"` + string(raw[1:len(raw)-1]) + `":null}]}`, "<p id=x title='" + hidingText + "'>" + hidingText + "</p>", hidingText,
			"<a b='\u202e'>\u202e\u009b</a>", "a=" + hidingText + "&" + hidingText + "=1", hidingText,
		}[i]
		h := flow.Header{{Name: "Content-Type", Value: typ}, {Name: "X-" + hidingText, Value: hidingText}, {Name: "Set-Cookie", Value: "c" + hidingText + "=" + hidingText}}
		f := flow.Flow{
			ID: flow.NewID(), Done: true, Source: "import:" + hidingText, Started: time.Now(), Err: hidingText,
			Request: flow.Request{
				Method: "POST", Scheme: "http", Authority: "x.example" + []string{"", hidingText}[i%2], Path: "/" + []string{"things", hidingText}[i/2%2], RawQuery: hidingText + "=" + hidingText + "&q=1",
				Proto: "HTTP/1.1", Header: h, Body: body(text), Trailer: h,
			},
			Response: &flow.Response{Status: 200, Proto: "HTTP/1.1", Header: h, Body: body(text), Trailer: h},
			Messages: []flow.Message{{Kind: flow.Text, Data: []byte(hidingText), Size: int64(len(hidingText))}},
		}
		out = append(out, f)
		f.ID, f.Request.Method, f.Response = flow.NewID(), "M"+hidingText, nil
		out = append(out, f)
	}
	return out
}

// TestNothingHides calls every tool that reads, and reads resources of a
// hostile capture. No text of the server has a character that does not show; session.call checks
// the results.
func TestNothingHides(t *testing.T) {
	st := newStore(t, hidingFlows()...)
	s := connect(t, st, func(c *setup) { c.Allow = everything() })
	calls := callsOf(st, t)
	for _, name := range codegen.Frameworks() {
		calls = append(calls, oneCall{"generate_client", object{"flow_ids": "1,2,3,4", "target_framework": name}})
	}
	calls = append(calls,
		oneCall{"search_traffic", object{"query": hidingText}}, oneCall{"find_value", object{"value": hidingText}}, oneCall{"list_operations", object{"domain": hidingText}},
		oneCall{"get_operation", object{"method": "POST", "path": "/" + hidingText, "domain": "x.example"}}, oneCall{"explain_operation", object{"method": "POST", "path": "/things", "domain": "x.example"}},
		oneCall{"set_session_variable", object{"name": "v", "value": hidingText}}, oneCall{"list_session_variables", nil}, oneCall{"set_session_variable", object{"name": hidingText, "value": "x"}},
		oneCall{"add_rule", object{"name": hidingText, "match": hidingText}}, oneCall{"list_rules", nil}, oneCall{"replay_flow", object{"flow_id": 1, "headers": object{hidingText: hidingText}}},
		oneCall{"diff_spec", object{"spec": strings.ReplaceAll(smallSpec, `"operationId":"a"`, `"operationId":`+quoteJSON(hidingText)+`,"summary":`+quoteJSON(hidingText))}},
		oneCall{"diff_spec", object{"violations": true, "spec": hidingText}}, oneCall{"diff_spec", object{hidingText: 1}},
	)
	known := map[string]bool{}
	for _, def := range s.tools {
		known[def.Name] = true
	}
	fine := 0
	for _, c := range calls {
		if known[c.tool] {
			if r := s.call(c.tool, c.args); !r.isError {
				fine++
			}
		}
	}
	if fine < 40 {
		t.Errorf("only %d calls succeeded", fine)
	}
	for uri, text := range readAll(t, s) {
		if view.Visible(text) != text {
			t.Errorf("%s has characters that do not show: %.500q", uri, text)
		}
	}
}

// readAll reads all resources.
func readAll(t *testing.T, s *session) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, uri := range []string{
		hostsURI, flowURI + "1", flowURI + "2", flowURI + "9999", specURI + "x.example", specYAMLURI + "x.example", patternsURI + "x.example", specURI + "nohost" + hidingText, operationURI + "x.example/" + hidingText,
	} {
		var r mcp.ReadResourceRequest
		r.Params.URI = uri
		res, err := s.client.ReadResource(t.Context(), r)
		if err != nil {
			out[uri] = strings.ReplaceAll(err.Error(), uri, "")
			continue
		}
		for _, c := range res.Contents {
			out[uri] = c.(mcp.TextResourceContents).Text
		}
	}
	return out
}

// quoteJSON returns s as a JSON string.
func quoteJSON(s string) string {
	data, _ := json.Marshal(s) // a string: cannot fail
	return string(data)
}
