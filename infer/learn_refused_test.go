package infer_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/infer/schema"
)

// requestMember returns a property of the body of a document's first operation, nil if it has none.
func requestMember(d infer.Document, name string) *schema.Property {
	s := d.Operations[0].Request.Content[0].Schema
	for _, c := range d.Components {
		if s.Ref == c.Name {
			s = c.Schema
		}
	}
	for i := range s.Properties {
		if s.Properties[i].Name == name {
			return &s.Properties[i]
		}
	}
	return nil
}

// postOrder returns the flow of a POST of JSON.
func postOrder(status int, body, answer string) flow.Flow {
	return call("POST", "/orders", status, "application/json", body, "application/json", answer)
}

// TestRefusalsTeachNothing holds that a refused request adds no member, parameter or media type, to
// an operation with other requests and to one without, unless it was refused for what it does not
// hold and no others show what clients send.
func TestRefusalsTeachNothing(t *testing.T) {
	for _, status := range []int{400, 401, 403, 404, 405, 406, 413, 415, 422} {
		bad := func(path string) []flow.Flow {
			query := call("POST", path, status, "application/json", `{"count":1,"extra":1,"b":2,"c":3}`, "application/json", `{"error":"no"}`)
			query.Request.RawQuery = "mode=x"
			query.Request.Header = append(query.Request.Header, flow.Field{Name: "X-Mode", Value: "x"})
			return []flow.Flow{query, call("POST", path, status, "application/xml", "<a/>", "application/json", `{"error":"no"}`)}
		}
		fs := append(append(bad("/orders"), bad("/only")...), postOrder(200, `{"count":1}`, `{"ok":true}`), postOrder(409, `{"count":1,"more":1}`, `{"ok":true}`))
		d := soundBoth(t, fs)
		for _, op := range d.Operations {
			switch isForbidden := op.Path == "/only" && slices.Contains([]int{401, 403, 404}, status); {
			case isForbidden && (len(op.Params) != 2 || op.Request == nil || len(op.Request.Content) != 2):
				t.Errorf("%d: %s shows of its requests %+v, %+v", status, op.Path, op.Params, op.Request)
			case isForbidden:
			case len(op.Params) > 0:
				t.Errorf("%d: %s has parameters %+v", status, op.Path, op.Params)
			case op.Path == "/only" && op.Request != nil:
				t.Errorf("%d: %+v", status, op.Request)
			case op.Path == "/orders" && (len(op.Request.Content) != 1 || len(op.Request.Content[0].Schema.Properties) != 2):
				t.Errorf("%d: %+v", status, op.Request.Content[0])
			}
		}
	}
}

// TestRefusalsWithStatusOK sends what servers refuse in answers with status 200.
func TestRefusalsWithStatusOK(t *testing.T) {
	for answer, isRefusal := range map[string]bool{
		`{"error":"no such order"}`: true, `{"success":false,"message":"no"}`: true, `{"ok":false}`: true,
		`{"errors":[{"message":"no"}],"data":null}`: true, `{"error":{"code":3},"status":"failed"}`: true,
		`{"error":null,"items":[]}`: false, `{"errors":[],"id":1}`: false, `{"error":"late","items":[1]}`: false,
		`{"id":1,"state":"done","at":2,"by":3,"error":"late"}`: false, `{"success":true}`: false, `{"errors":[{"a":1}],"data":{"b":1}}`: false,
		`{"id":1,"success":false,"steps":[{"n":1}]}`: false, `{"success":false,"error-codes":["a"]}`: true, `{"success":false,"errors":[1],"messages":[],"result":null}`: true,
	} {
		bad := postOrder(200, `{"count":"many","extra":1}`, answer)
		bad.Request.RawQuery = "page=x"
		d := modelOf([]flow.Flow{bad, postOrder(200, `{"count":1}`, `{"id":1}`)}).Document(infer.Options{})
		if got := requestMember(d, "extra") == nil && len(d.Operations[0].Params) == 0; got != isRefusal {
			t.Errorf("%s: refusal %v", answer, got)
		}
	}
}

// TestRefusedQuery holds the same for query parameters.
func TestRefusedQuery(t *testing.T) {
	var fs []flow.Flow
	for i := range 5 {
		fs = append(fs, get("/find", fmt.Sprintf("count=%d", i), `{"hits":3}`))
	}
	f := get("/find", "count=BAD&mode=x", `{"error":"no"}`)
	f.Response.Status = 400
	fs = append(fs, f)
	got := map[string]infer.Param{}
	for _, p := range modelOf(fs).Document(infer.Options{}).Operations[0].Params {
		got[p.Name] = p
	}
	if p := got["count"]; p.Schema.Kind != schema.Integer || p.Seen != 5 || p.AlwaysSent != 5 {
		t.Errorf("count: %+v, %+v", p, p.Schema)
	}
	if p, ok := got["mode"]; ok {
		t.Errorf("what may be why a request was refused is a parameter: %+v", p)
	}
}

// TestOnlyRefusedQuery holds that an operation whose requests were all refused has the parameters of
// them that other operations accept, as the schema of those says, and no others.
func TestOnlyRefusedQuery(t *testing.T) {
	var fs []flow.Flow
	for i := range 3 {
		fs = append(fs, get("/usage/logs", fmt.Sprintf("start=2024-05-0%d", i+1), `{"hits":3}`))
	}
	f := get("/usage/hosts", "start=soon&mode=x", `{"error":"start must be a date"}`)
	f.Response.Status = 400
	d := modelOf(append(fs, f)).Document(infer.Options{})
	got := d.Operations[0].Params
	if len(got) != 1 || got[0].Name != "start" || got[0].Schema.Format != "date" || got[0].Required || got[0].Seen != 0 {
		t.Errorf("%s has %+v", d.Operations[0].Path, got)
	}
}

// TestDemandedMembers holds that a member is required if a refusal demands it of a request without
// it, and only then, in the styles in which servers refuse.
func TestDemandedMembers(t *testing.T) {
	for _, tt := range []struct {
		name, body, answer string
		want               bool
	}{
		{"text", `{"note":"x"}`, `{"error":"missing required field: token_id"}`, true},
		{"several", `{"note":"x"}`, `{"error":"the following fields are missing: [size, token_id]"}`, true},
		{"camel case", `{"note":"x"}`, `{"message":"tokenId is required"}`, true},
		{"list by name", `{"note":"x"}`, `{"token_id":["This field is required."]}`, true},
		{"errors by name", `{"note":"x"}`, `{"errors":{"token_id":["can't be blank"]}}`, true},
		{"object by name", `{"note":"x"}`, `{"errors":{"token_id":{"kind":"required","message":"Path is required."}}}`, true},
		{"field and code", `{"note":"x"}`, `{"errors":[{"resource":"Order","field":"token_id","code":"missing_field"}]}`, true},
		{"pointer", `{"note":"x"}`, `{"errors":[{"source":{"pointer":"/data/token_id"},"title":"Required"}]}`, true},
		{"location", `{"note":"x"}`, `{"detail":[{"loc":["body","token_id"],"msg":"Field required","type":"missing"}]}`, true},
		{"accepted without it elsewhere", `{"note":"x"}`, `{"error":"note2 is required"}`, false},
		{"it was sent", `{"token_id":"bad","note":"x"}`, `{"error":"token_id is required"}`, false},
		{"one of two", `{"note":"x"}`, `{"error":"either token_id or size is required"}`, false},
		{"alternatives of a schema", `{"note":"x"}`, `{"errors":[{"keyword":"required","schemaPath":"#/anyOf/0/required",` +
			`"message":"should have required property 'token_id'"},{"keyword":"anyOf","message":"should match some schema in anyOf"}]}`, false},
		{"names it without a demand", `{"note":"x"}`, `{"error":"token_id is invalid"}`, false},
		{"demands another member", `{"note":"x"}`, `{"errors":{"token_id":"too long","limits":"required"}}`, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			fs := []flow.Flow{postOrder(400, tt.body, tt.answer)}
			for i := range 3 {
				fs = append(fs, postOrder(200, fmt.Sprintf(`{"token_id":"t%d","note":"x"}`, i), `{"ok":true}`))
			}
			d := modelOf(fs).Document(infer.Options{})
			if p := requestMember(d, "token_id"); p == nil || p.Required != tt.want {
				t.Errorf("token_id: %+v, want required %v", p, tt.want)
			}
			if p := requestMember(d, "note"); p.Required {
				t.Error("note is required")
			}
		})
	}
}

// TestDemandedQuery holds that a refusal demands query parameters, too.
func TestDemandedQuery(t *testing.T) {
	refused := get("/report", "full=true", `{"error":"parameter 'day' is required"}`)
	refused.Response.Status = 400
	fs := []flow.Flow{refused, get("/report", "full=true&day=2024-01-01", `{"n":1}`), get("/report", "day=2024-01-02", `{"n":1}`)}
	for _, p := range modelOf(fs).Document(infer.Options{}).Operations[0].Params {
		if p.Required != (p.Name == "day") {
			t.Errorf("%s: required %v", p.Name, p.Required)
		}
	}
}

// TestDemandedOfForms holds that a refusal demands nothing of a request of which only a part was
// captured: the name may be in the rest.
func TestDemandedOfForms(t *testing.T) {
	for _, tt := range []struct {
		name string
		body flow.Body
		want bool
	}{
		{"whole", flow.Body{Data: []byte("note=x"), Size: 6}, true},
		{"truncated", flow.Body{Data: []byte("note=x"), Size: 60, Truncated: true}, false},
		{"not captured", flow.Body{Size: 60, Truncated: true}, false},
	} {
		refused := call("POST", "/orders", 400, form, "note=x", "application/json", `{"error":"token_id is required"}`)
		refused.Request.Body = tt.body
		fs := []flow.Flow{refused}
		for i := range 3 {
			fs = append(fs, call("POST", "/orders", 200, form, fmt.Sprintf("token_id=t%d&note=x", i), "application/json", `{"ok":true}`))
		}
		if p := requestMember(modelOf(fs).Document(infer.Options{}), "token_id"); p == nil || p.Required != tt.want {
			t.Errorf("%s: token_id: %+v, want required %v", tt.name, p, tt.want)
		}
	}
}
