package infer_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/internal/test/must"
)

// planted holds secrets and personal data that redaction recognizes by their shape.
var planted = []string{
	"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U",
	"ghp_016C7fQ2mYx0b3nYk5sWcQ9aVtRzLd1eHuJ8",
	"AKIAIOSFODNN7EXAMPLE",
	"xoxb-123456789012-1234567890123-AbCdEfGhIjKlMnOpQrStUvWx",
	"ada.lovelace@example.com",
	"4111111111111111",
}

// eventNames are data instead of names. Their shape is not that of a secret, but they identify
// something.
var eventNames = []string{"room-48151", "ada.lovelace@example.org", "8c7b1f0e9d", "Ada Lovelace", "order/4711/state", "550e8400-e29b-41d4-a716-446655440000"}

// namedSecrets holds values that only the name of their field makes secret.
var namedSecrets = map[string]string{"password": "hunter2", "api_key": "opensesame", "access_token": "swordfish", "client_secret": "xyzzy42", "ssn": "078-05-1120",
	"device_code": "fortyninebottles", "user_code": "WDJB-MJHT", "code_verifier": "openthedoor", "refresh_token": "again_and_again"}

type plantedBody struct{ path, contentType, body string }

// plantedBodies returns bodies that hold s at all positions that a body has.
func plantedBodies(s string) []plantedBody {
	part := func(name, more, value string) string {
		return "--B\r\nContent-Disposition: form-data; name=\"" + name + "\"" + more + "\r\n\r\n" + value + "\r\n"
	}
	return []plantedBody{
		{"/yaml", "application/yaml", "status: \"" + s + "\"\n\"" + s + "\": 1\n"},
		{"/yaml-bad", "application/yaml", "status: [" + s + "\n\"" + s + "\": 1\n"},
		{"/xml", "application/xml", "<a status=\"" + s + "\"><state>" + s + "</state></a>"},
		{"/lines", "application/x-ndjson", fmt.Sprintf("{\"status\":%q}\n{\"state\":%q}\n", s, s)},
		{"/events", "text/event-stream", fmt.Sprintf("event: %s\ndata: {\"status\":%q}\n\n", s, s)},
		{"/parts", "multipart/form-data; boundary=B", part("status", "", s) + part(s, "", "x") + part("file", "; filename=\""+s+"\"\r\nContent-Type: text/"+s, s) + "--B--\r\n"},
		{"/json-part", "multipart/form-data; boundary=B", part("meta", "\r\nContent-Type: application/json", fmt.Sprintf("{\"status\":%q}", s)) + "--B--\r\n"},
		{"/mixed", "multipart/mixed; boundary=B", fmt.Sprintf("--B\r\nContent-Type: text/%s\r\nContent-ID: <%s>\r\n\r\n%s\r\n--B\r\nContent-Type: application/json\r\n\r\n{\"status\":%q}\r\n--B\r\nContent-Type: application/%s\r\n\r\n%s\r\n--B--\r\n", s, s, s, s, s, s)},
		{"/text", "text/plain", s},
		{"/rpc", "application/json", fmt.Sprintf(`{"jsonrpc":"2.0","id":%q,"method":%q,"params":[%q]}`, s, s, s)},
		{"/rpc", "application/json", fmt.Sprintf(`[{"jsonrpc":"2.0","id":%q,"method":"a","params":{"status":%q}}]`, s, s)},
		{"/graphql", "application/json", fmt.Sprintf(`{"operationName":%q,"query":"query A { a(s: \"%s\") }","variables":{"status":%q}}`, "A", s, s)},
		{"/graphql", "application/json", fmt.Sprintf(`{"operationName":%q,"variables":{}}`, s)},
		{"/token", "application/json", fmt.Sprintf(`{"grant_type":%q,"scope":"a %s"}`, s, s)},
	}
}

// plantedTraffic returns flows that hold secrets at all positions of a request and a response, and
// the secrets.
func plantedTraffic() (fs []flow.Flow, secrets []string) {
	add := func(method, path, query string, h flow.Header, contentType, body, response string) {
		for range 12 { // enough for an enum
			f := call(method, path, 200, "", "", "application/json", response)
			f.Request.RawQuery, f.Request.Header = query, h
			if body != "" {
				send(&f.Request.Header, &f.Request.Body, contentType, body)
			}
			location := "https://api.example.com/t/" + planted[1] + "?token=" + planted[0]
			f.Response.Header = append(f.Response.Header, flow.Field{Name: "Location", Value: location})
			fs = append(fs, f)
		}
	}
	for _, s := range planted {
		h := flow.Header{{Name: "Authorization", Value: "Bearer " + s}, {Name: "Cookie", Value: "session=" + s + "; theme=" + s},
			{Name: "X-Api-Key", Value: s}, {Name: "X-Mode", Value: s}}
		response := fmt.Sprintf(`{"status":%q,"type":%q,"state":[%q],"link":"https://api.example.com/reset/%s"}`, s, s, s, s)
		add("GET", "/things/"+s, "q="+s+"&"+s+"=1&status="+s, h, "", "", response)
		add("POST", "/things", "", nil, "application/json", fmt.Sprintf(`{"type":%q,"note":"my token is %s"}`, s, s),
			fmt.Sprintf(`{"kind":%q,"map":{%q:1}}`, s, s))
		add("POST", "/forms", "", nil, form, "status="+s+"&meta["+s+"]=1", `{}`)
		for _, x := range plantedBodies(s) {
			h := flow.Header{{Name: "Prefer", Value: s}, {Name: "Idempotency-Key", Value: s}}
			add("POST", x.path, "", h, x.contentType, x.body, fmt.Sprintf(`{"data":{"status":%q}}`, s))
		}
		query := "response_type=code&client_id=" + s + "&scope=read+" + s +
			"&code_challenge=" + s + "&code_challenge_method=" + s
		add("GET", "/oauth/authorize", query, nil, "", "", "{}")
		add("GET", "/graphql", "operationName="+s+"&variables=%7B%22status%22:%22"+s+"%22%7D", nil, "", "", "{}")
	}
	secrets = append(secrets, planted...)
	for name, s := range namedSecrets {
		secrets = append(secrets, s)
		object := fmt.Sprintf(`{%q:%q}`, name, s)
		add("POST", "/login", name+"="+s, nil, "application/json", object, object)
		add("POST", "/signin", "", nil, form, name+"="+s, `{}`)
	}
	for _, s := range eventNames {
		secrets = append(secrets, s)
		stream := fmt.Sprintf("event: %s\ndata: {\"n\":1}\n\nevent: order.moved\ndata: {\"at\":2}\n\n", s)
		add("POST", "/feed", "", nil, "text/event-stream", stream, "{}")
	}
	return fs, secrets
}

// TestNoValueLeaks plants secrets, and searches the encoded model, the document and the
// explanations for them.
func TestNoValueLeaks(t *testing.T) {
	fs, secrets := plantedTraffic()
	m := modelOf(fs)
	model, doc := encoded(t, m), document(t, m, "3.1")
	var explanations bytes.Buffer
	for _, op := range m.Document(infer.Options{}).Operations {
		e := must.Get(m.Explain(infer.Options{}, op.Method, op.Path))
		must.Do(t, e.WriteText(&explanations, true))
	}
	for _, s := range secrets {
		outputs := map[string][]byte{"model": model, "document": doc, "explanation": explanations.Bytes()}
		for name, text := range outputs {
			if i := bytes.Index(text, []byte(s)); i >= 0 {
				t.Errorf("the %s holds %s: …%q…", name, s, text[max(0, i-40):i])
			}
			if bytes.Contains(text, []byte(strings.ToLower(s))) {
				t.Errorf("the %s holds %s in lower case", name, s)
			}
		}
	}
	for _, s := range planted {
		if !redact.IsSensitive("status", s) {
			t.Errorf("redaction does not recognize %s, so the test does not plant a secret", s)
		}
	}
}

// TestNoEnumOfSecrets learns few values that occur often, which would be an enum, below secret names
// and under names that may hold a secret. The document holds none of them.
func TestNoEnumOfSecrets(t *testing.T) {
	var fs []flow.Flow
	for i := range 36 {
		word, mixed := []string{"swordfish", "marlinfish", "catfishes"}[i%3], []string{"sw0rdfish", "m4rlinfish", "c4tfishes"}[i%3]
		kept := []string{"vault", "file"}[i%2]
		for path, body := range map[string]string{
			"/a": fmt.Sprintf(`{"password":{"plain":%q,"x":%q,"y":[%q],"z":{"w":%q}},"secrets":[{"a":%q}],"mode":%q}`, word, word, word, word, word, kept),
			"/b": fmt.Sprintf(`{"ticket":%q,"license":%q,"promo_code":%q,"nonce":%q,"invite":%q}`, word, word, word, word, word),
			"/c": fmt.Sprintf(`{"code":%q,"state":%q,"access":%q,"l":[{"error_code":%q}]}`, mixed, mixed, mixed, mixed),
			"/d": fmt.Sprintf(`{"secret":{"a":{"type":%q,"kind":%q}}}`, kept, kept),
		} {
			f := call("POST", path, 200, "application/json", body, "application/json", body)
			f.Request.RawQuery = "password[plain]=" + word + "&ticket=" + word
			f.Request.Header = append(f.Request.Header, flow.Field{Name: "X-State", Value: mixed})
			fs = append(fs, f)
		}
		fs = append(fs, call("GET", "/reset/token/"+word, 200, "", "", "application/json", "{}"))
		xml := "<r><credentials><x>" + word + "</x></credentials></r>"
		fs = append(fs, call("POST", "/xml", 200, "application/xml", xml, "application/xml", xml))
	}
	doc := string(document(t, modelOf(fs), "3.1"))
	if i := strings.Index(doc, "fish"); i >= 0 {
		t.Errorf("the document holds a secret: …%s", doc[max(0, i-300):i+20])
	}
	if !strings.Contains(doc, "vault") {
		t.Error("the document holds no enum at all")
	}
}
