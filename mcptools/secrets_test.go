package mcptools

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/mcptools/codegen"
)

// plant is a secret in a flow. None of these secrets was ever valid.
type plant struct {
	name, secret string
	put          func(f *flow.Flow, secret string)
}

func header(name, before string) func(*flow.Flow, string) {
	return func(f *flow.Flow, secret string) {
		f.Request.Header = append(f.Request.Header, flow.Field{Name: name, Value: before + secret})
	}
}

func answerHeader(name, before, after string) func(*flow.Flow, string) {
	return func(f *flow.Flow, secret string) {
		f.Response.Header = append(f.Response.Header, flow.Field{Name: name, Value: before + secret + after})
	}
}

func query(name string) func(*flow.Flow, string) {
	return func(f *flow.Flow, secret string) {
		f.Request.RawQuery = name + "=" + url.QueryEscape(secret) + "&page=2"
	}
}

func sent(contentType, format string) func(*flow.Flow, string) {
	return func(f *flow.Flow, secret string) {
		f.Request.Header = append(f.Request.Header, flow.Field{Name: "Content-Type", Value: contentType})
		f.Request.Body = plainBody(fmt.Sprintf(format, secret))
	}
}

func answers(contentType, format string) func(*flow.Flow, string) {
	return func(f *flow.Flow, secret string) {
		f.Response.Header = flow.Header{{Name: "Content-Type", Value: contentType}}
		f.Response.Body = plainBody(fmt.Sprintf(format, secret))
	}
}

func plainBody(s string) flow.Body { return flow.Body{Data: []byte(s), Size: int64(len(s))} }

const (
	asJSONType = "application/json"
	asForm     = "application/x-www-form-urlencoded"
)

// plants returns invented secrets with the shapes of real ones. Shapes of known services are
// concatenated, so that secret scanners do not report this file.
func plants() []plant {
	jwt := "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9." + base64.RawURLEncoding.EncodeToString([]byte(`{"sub":"planted","n":1}`)) + ".c2lnbmF0dXJlLW9mLXRoZS1wbGFudA"
	pem := "-----BEGIN " + "PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7\n-----END " + "PRIVATE KEY-----"
	return []plant{
		{"bearer", "tok9Zq3LmX7vRb2Kd8Ws", header("Authorization", "Bearer ")},
		{"basic", base64.StdEncoding.EncodeToString([]byte("root:planted-basic-pw")), header("Authorization", "Basic ")},
		{"digest", "6629fae49393a05397450978507c4ef1", header("Authorization", `Digest username="u", response=`)},
		{"bare authorization", "plantedRawAuthorization1", header("Authorization", "")},
		{"proxy authorization", "plantedProxyCredential1", header("Proxy-Authorization", "Basic ")},
		{"cookie", "plantedCookieValue77123", header("Cookie", "theme=dark; session=")},
		{"set-cookie", "plantedSetCookie99182", answerHeader("Set-Cookie", "sid=", "; Path=/; HttpOnly")},
		{"cookie with a harmless name", "plantedtheme", header("Cookie", "theme=")},
		{"authentication", "plantedauth", header("Authentication", "")},
		{"x-api-key", "plantedHeaderKey5521", header("X-Api-Key", "")},
		{"x-auth-token", "plantedAuthToken8812", header("X-Auth-Token", "")},
		{"x-csrf-token", "plantedCsrfToken3391", header("X-Csrf-Token", "")},
		{"vendor key header", "plantedSubscription41", header("Ocp-Apim-Subscription-Key", "")},
		{"signature header", "plantedSignature77aa", header("X-Hub-Secret", "")},
		{"query api_key", "plantedQueryKey6620", query("api_key")},
		{"query access_token", "plantedAccessToken31", query("access_token")},
		{"query password", "planted query pw!", query("password")},
		{"query signature", "Pq8vLz2WmX6tRk0NyB4sHd9Jc3Fg7Ea1", query("X-Amz-Signature")},
		{"form password", "plantedFormPassword", sent(asForm, "user=bob&password=%s")},
		{"form client_secret", "plantedClientSecret9", sent(asForm, "grant_type=client_credentials&client_secret=%s")},
		{"form refresh_token", "plantedRefreshToken8", sent(asForm, "grant_type=refresh_token&refresh_token=%s")},
		{"JSON password", "plantedJsonPassword", sent(asJSONType, `{"user":"bob","password":"%s"}`)},
		{"JSON nested secret", "plantedNestedSecret", sent(asJSONType, `{"a":[{"credentials":{"secretKey":"%s"}}]}`)},
		{"JSON access_token", "plantedJsonAccess44", answers(asJSONType, `{"access_token":"%s","expires_in":3600}`)},
		{"JSON id_token", jwt, answers(asJSONType, `{"id":"%s"}`)},
		{"JSON pin", "918273", sent(asJSONType, `{"pin":"%s"}`)},
		{"JSON otp", "665544", sent(asJSONType, `{"otp":"%s"}`)},
		{"JSON camel apiKey", "plantedCamelKey212", answers(asJSONType, `{"apiKey":"%s"}`)},
		{"JSON webhook secret", "whsec_" + "plantedWebhook1234567890", answers(asJSONType, `{"secret":"%s"}`)},
		{"JWT in text", jwt + "x", answers("text/plain", "token: %s done")},
		{"JWT in a path", jwt + "y", func(f *flow.Flow, s string) { f.Request.Path = "/verify/" + s }},
		{"private key", pem[30:60], func(f *flow.Flow, _ string) {
			answers("text/plain", "%s")(f, pem)
		}},
		{"AWS key", "AKIA" + "Q3EGV5PLANTEDXY2", answers("text/plain", "key %s end")},
		{"GitHub token", "ghp_" + "aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3zA5", answers("text/plain", "use %s now")},
		{"Stripe key", "sk_live_" + "4eC39HqLyjWDarjtT1zdp7dc", answers("text/html", "<p>%s</p>")},
		{"Slack token", "xoxb-" + "123456789012-1234567890123-AbCdEfGhIjKlMnOpQrStUvWx", answers(asJSONType, `{"note":"%s"}`)},
		{"Google key", "AIza" + "SyA1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q", query("k")},
		{"GitLab token", "glpat-" + "x9Yz8Wv7Ut6Sr5Qp4On3", sent("text/plain", "%s")},
		{"npm token", "npm_" + "aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3zA5", answers("text/plain", "//registry/:_authToken=%s")},
		{"URL userinfo", "plantedUserinfoPw", answers("text/plain", "go to https://bob:%s@db.example/x")},
		{"database URL", "plantedDbPassw0rd", answers(asJSONType, `{"dsn":"postgres://app:%s@db.example:5432/app"}`)},
		{"e-mail", "planted.person@mail.example", answers(asJSONType, `{"contact":"%s"}`)},
		{"e-mail in a query", "planted.query@mail.example", query("to")},
		{"card number", "4111111111111111", sent(asJSONType, `{"number":"%s"}`)},
		{"card with blanks", "5500 0000 0000 0004", answers("text/plain", "card %s ok")},
		{"IBAN", "DE89370400440532013000", sent(asJSONType, `{"iban":"%s"}`)},
		{"social security number", "078-05-1120", sent(asJSONType, `{"ssn":"%s"}`)},
		{"XML password", "plantedXmlPassword", sent("application/xml", "<login><user>b</user><password>%s</password></login>")},
		{"multipart password", "plantedPartPassword", sent("multipart/form-data; boundary=zz", "--zz\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\n%s\r\n--zz--\r\n")},
		{"random token in text", "Zq8vLz2WmX6tRk0NyB4sHd9Jc3Fg7Ea1Tp5Q", sent(asJSONType, `{"state":"%s"}`)},
		{"token in Location", "plantedLocationToken", answerHeader("Location", "https://app.example/cb?access_token=", "&x=1")},
		{"token in Referer", "plantedRefererToken1", header("Referer", "https://app.example/?token=")},
		{"GraphQL variable", "plantedGraphqlPw", sent(asJSONType, `{"query":"mutation($p:String!){login(password:$p)}","variables":{"password":"%s"}}`)},
		{"JSON lines", "plantedJsonLinesTok", answers("application/x-ndjson", "{\"a\":1}\n{\"token\":\"%s\"}\n")},
		{"event stream", "plantedStreamToken", answers("text/event-stream", "data: {\"token\":\"%s\"}\n\n")},
		{"wrong content type", "plantedWrongTypePw", answers("application/octet-stream", `{"password":"%s"}`)},
		{"error text", "plantedErrTextToken", func(f *flow.Flow, s string) { f.Response, f.Err = nil, "dial https://u:"+s+"@x.example: refused" }},
	}
}

// No tool, resource, error or log shows a planted secret, for any arguments.
func TestPlantedSecrets(t *testing.T) {
	all := plants()
	if len(all) < 50 {
		t.Fatalf("only %d kinds", len(all))
	}
	var fs []flow.Flow
	for i, p := range all {
		f := answered(newFlow("POST", "https", "plants.example", fmt.Sprintf("/plant/%d", i), ""), 200, "", "")
		p.put(&f, p.secret)
		fs = append(fs, f)
	}
	var logged bytes.Buffer
	s := connect(t, newStore(t, fs...), func(c *setup) {
		c.Log = slog.New(slog.NewTextHandler(&logged, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	var seen strings.Builder
	note := func(name string, args object) {
		r := s.call(name, args)
		data, _ := json.Marshal(r.data)
		fmt.Fprintln(&seen, r.text, string(data))
	}
	for i := range fs {
		id := i + 1
		note("inspect_flows", object{"flow_ids": id, "full_body": true})
		note("inspect_flows", object{"flow_ids": id, "fields": "schemas"})
		note("extract_from_flow", object{"flow_id": id, "json_path": "$..*"})
		note("extract_from_flow", object{"flow_id": id, "json_path": "$..*", "side": "request"})
		note("extract_from_flow", object{"flow_id": id, "css_selector": "*"})
		note("extract_from_flow", object{"flow_id": id, "css_selector": "*", "side": "request"})
		note("compare_flows", object{"a": id, "b": id%len(fs) + 1, "limit": 500})
		note("find_failures", object{"filter": fmt.Sprintf("number:%d", id), "status": "200"})
		note("explain_operation", object{"method": "POST", "path": fmt.Sprintf("/plant/%d", i)})
		seen.WriteString(s.read(t, fmt.Sprintf("spectap://flow/%d", id)))
		for j, framework := range codegen.Frameworks() {
			if testing.Short() && (i+j)%3 != 0 {
				continue // another secret has it
			}
			note("generate_client", object{"flow_ids": fmt.Sprint(id), "target_framework": framework})
		}
		// The results for a right guess and for a wrong guess are equal.
		secret := all[i].secret
		for _, guess := range []string{secret, secret[:len(secret)-1], secret[:len(secret)/2+1]} {
			if n := len(list(t, s.fine("search_traffic", object{"query": guess}), "flows")); n != 0 && len(guess) > 5 {
				t.Errorf("%s: searching for %q finds %d flows", all[i].name, guess, n)
			}
		}
		if n := len(list(t, s.fine("find_value", object{"value": secret}), "occurrences")); n != 0 {
			t.Errorf("%s: the secret's own text is found", all[i].name)
		}
	}
	for name, args := range map[string]object{
		"get_traffic_summary": {"limit": 500}, "export_openapi_spec": nil, "list_operations": nil,
		"detect_auth_pattern": nil, "list_hosts": nil, "search_traffic": {"limit": 500}, "find_failures": {"limit": 200, "status": ">=100,none"},
		"inspect_flows": {"flow_ids": "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25", "full_body": true},
	} {
		note(name, args)
	}
	note("list_operations", object{"details": true})
	note("get_traffic_summary", object{"limit": 500, "cursor": "start"})
	seen.WriteString(s.read(t, "spectap://spec/plants.example") + s.read(t, "spectap://spec-yaml/plants.example") + s.read(t, "spectap://patterns/plants.example"))
	seen.Write(logged.Bytes())
	text := seen.String()
	for _, p := range all {
		escaped, _ := json.Marshal(p.secret)
		for _, form := range []string{p.secret, url.QueryEscape(p.secret), strings.Trim(string(escaped), `"`)} {
			if at := strings.Index(text, form); at >= 0 {
				t.Errorf("%s: %q is shown: …%s…", p.name, form, strings.ToValidUTF8(text[max(0, at-120):min(len(text), at+60)], "?"))
				break
			}
		}
	}
}

// read reads a resource.
func (s *session) read(t *testing.T, uri string) string {
	t.Helper()
	var r mcp.ReadResourceRequest
	r.Params.URI = uri
	res, err := s.client.ReadResource(context.Background(), r)
	if err != nil {
		t.Fatalf("%s: %v", uri, err)
	}
	return res.Contents[0].(mcp.TextResourceContents).Text
}

// A secret that only its location in the request reveals is also hidden in a response that repeats
// it, and vice versa, whichever side a tool shows.
func TestEchoedSecrets(t *testing.T) {
	f := answered(newFlow("POST", "https", "a.example", "/login/t0ken9x", ""), 200, "application/json", `{"echo":"swordfish7x","session_token":"t0ken9x"}`)
	f.Request.Header = flow.Header{{Name: "Content-Type", Value: "application/json"}}
	f.Request.Body = plainBody(`{"password":"swordfish7x"}`)
	s := connect(t, newStore(t, f, answered(newFlow("POST", "https", "a.example", "/login/other", ""), 200, "", "")))
	for _, c := range []struct {
		tool string
		args object
	}{
		{"extract_from_flow", object{"flow_id": 1, "json_path": "$..*"}}, {"extract_from_flow", object{"flow_id": 1, "json_path": "$..*", "side": "request"}},
		{"generate_client", object{"flow_ids": "1"}}, {"inspect_flows", object{"flow_ids": 1}}, {"inspect_flows", object{"flow_ids": "1", "fields": "url,response_body"}},
		{"compare_flows", object{"a": 1, "b": 2}}, {"find_failures", object{"status": 200}}, {"get_traffic_summary", nil}, {"get_traffic_summary", object{"cursor": "start"}}, {"search_traffic", object{"query": "echo"}}, {"find_value", object{"value": "echo"}},
	} {
		t.Run(fmt.Sprint(c.tool, c.args), func(t *testing.T) {
			s := s.in(t)
			r := s.call(c.tool, c.args)
			if r.isError || strings.Contains(r.text, "swordfish7x") || strings.Contains(r.text, "t0ken9x") {
				t.Errorf("%s %v: %s", c.tool, c.args, r.text)
			}
		})
	}
}
