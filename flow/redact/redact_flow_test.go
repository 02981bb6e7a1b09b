package redact_test

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"io"
	"strings"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/flow/redact/mark"
)

// TestSamePlaceholder finds one placeholder for a token in all the positions where it may occur.
func TestSamePlaceholder(t *testing.T) {
	const token = "aB3dE5fG7hJ9kL1mN2pQ"
	mark := red.Value("token", token)
	basic := base64.StdEncoding.EncodeToString([]byte("user:" + token))
	for name, got := range map[string]string{
		"header": red.HeaderValue("Authorization", "Bearer "+token),
		"basic":  red.HeaderValue("Authorization", "Basic "+basic),
		"cookie": red.HeaderValue("Cookie", "sid="+token+"; a=b"),
		"query":  red.Query("access_token=" + token),
		"JSON":   string(red.JSON([]byte(`{"refreshToken":"` + token + `"}`))),
		"text":   red.Text("the api_key=" + token + " was used"),
		"path":   red.Path("/token/" + token),
	} {
		if !strings.Contains(got, mark) {
			t.Errorf("%s: %s, want %s in it", name, got, mark)
		}
	}
	if other := redact.New([]byte("another"), redact.Config{}).Value("token", token); other == mark {
		t.Error("two keys, one placeholder")
	}
	if red.Value("token", token+"x") == mark {
		t.Error("two tokens, one placeholder")
	}
}

// TestFlowNewPassword redacts the members of a body that only the path calls a password.
func TestFlowNewPassword(t *testing.T) {
	const old, chosen = "hunter2x", "Sommer24!"
	for path, body := range map[string][2]string{
		"/users/7/password":    {"application/json", `{"old":"` + old + `","new":"` + chosen + `"}`},
		"/me/change-password/": {"application/json", `{"current":"` + old + `","value":"` + chosen + `"}`},
		"/password/change":     {"application/x-www-form-urlencoded", "old=" + old + "&new=" + chosen},
	} {
		f := flow.Flow{Request: flow.Request{
			Method: "POST", Path: path, Header: flow.Header{{Name: "Content-Type", Value: body[0]}},
			Body: flow.Body{Data: []byte(body[1]), Size: int64(len(body[1]))},
		}}
		if got := string(red.Flow(f).Request.Body.Data); strings.Contains(got, old) || strings.Contains(got, chosen) {
			t.Errorf("%s: %s", path, got)
		}
	}
	for path, body := range map[string]string{
		"/changes": `{"old":"v1","new":"v2"}`, "/users/7/password": `{"log":{"old":"v1","new":"v2"}}`,
	} {
		f := flow.Flow{Request: flow.Request{
			Method: "POST", Path: path, Header: flow.Header{{Name: "Content-Type", Value: "application/json"}},
			Body: flow.Body{Data: []byte(body)},
		}}
		if got := string(red.Flow(f).Request.Body.Data); got != body {
			t.Errorf("%s: values of a change became %s", path, got)
		}
	}
}

func TestFlow(t *testing.T) {
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	w.Write([]byte(`{"token":"s3cr3t","n":1}`))
	w.Close()
	f := flow.Flow{
		Err: "dial joe@example.com: refused",
		Request: flow.Request{Method: "GET", Scheme: "https", Authority: "a", Path: "/u/joe@example.com",
			RawQuery: "token=s3cr3t",
			Header:   header("Cookie", "a=s3cr3t"), Trailer: header("X-Token", "s3cr3t")},
		Response: &flow.Response{Status: 200, Header: header("Content-Encoding", "gzip", "Content-Type",
			"application/json", "Content-Length", "99"),
			Body: flow.Body{Data: z.Bytes(), Size: int64(z.Len())}},
	}
	before, _ := json.Marshal(f)
	got := red.Flow(f)
	if after, _ := json.Marshal(f); !bytes.Equal(before, after) {
		t.Error("the flow given was changed")
	}
	out, _ := json.Marshal(got)
	if bytes.Contains(out, []byte("s3cr3t")) || bytes.Contains(out, []byte("joe@")) {
		t.Errorf("leaks: %s", out)
	}
	data, complete, err := decode.Body(got.Response.Header, got.Response.Body, 0)
	if stars(string(data)) != `{"token":"[redacted:secret:*]","n":1}` || !complete || err != nil {
		t.Errorf("body %s, complete %v, %v", data, complete, err)
	}
	if got.Response.Header.Has("Content-Encoding") {
		t.Error("still says gzip")
	}
	again, _ := json.Marshal(red.Flow(got))
	if !bytes.Equal(out, again) {
		t.Errorf("not idempotent:\n%s\n%s", out, again)
	}
}

// TestFlowEchoes redacts a secret from one place wherever else the flow repeats it.
func TestFlowEchoes(t *testing.T) {
	body := `{"message":"wrong password Tr0ub4dor for joe","trace":"/login/Tr0ub4dor?t=abc%2Fdef9","n":"dark"}`
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	w.Write([]byte(body))
	w.Close()
	for _, encoded := range []bool{false, true} {
		a := &flow.Response{Status: 401, Header: header("X-Debug", "got Tr0ub4dor"),
			Body: flow.Body{Data: []byte(body), Size: int64(len(body))}}
		if encoded {
			a.Header = append(a.Header, flow.Field{Name: "Content-Encoding", Value: "gzip"})
			a.Body = flow.Body{Data: z.Bytes(), Size: int64(z.Len())}
		}
		in := flow.Flow{
			Err: "cut after Tr0ub4dor",
			Request: flow.Request{Path: "/x/Tr0ub4dor", RawQuery: "q=Tr0ub4dor",
				Header: header("Cookie", "sid=abc%2Fdef9; theme=dark", "Content-Type",
					"application/x-www-form-urlencoded"),
				Body: flow.Body{Data: []byte("password=Tr0ub4dor"), Size: 18}},
			Response: a,
		}
		got := red.Flow(in)
		out, _ := json.Marshal(got)
		text := string(out) + string(got.Request.Body.Data) + string(got.Response.Body.Data)
		if strings.Contains(text, "Tr0ub4dor") || strings.Contains(text, "def9") {
			t.Errorf("leaks: %s", text)
		}
		if !strings.Contains(text, `"n":"dark"`) {
			t.Errorf("took a word for a secret: %s", text)
		}
		if again, _ := json.Marshal(red.Flow(got)); !bytes.Equal(again, out) {
			t.Errorf("not idempotent:\n%s\n%s", out, again)
		}
		if string(in.Response.Body.Data) != string(a.Body.Data) || in.Response.Header[0].Value != "got Tr0ub4dor" ||
			in.Request.Header[0].Value != "sid=abc%2Fdef9; theme=dark" {
			t.Error("the flow given was changed")
		}
	}
}

func TestFlowMessages(t *testing.T) {
	in := flow.Flow{
		Request: flow.Request{Header: header("Authorization", "Bearer tok9abcdef")},
		Messages: []flow.Message{
			{Kind: flow.Text, FromClient: true, Data: []byte(`{"type":"auth","token":"s3cr3t"}`), Size: 32},
			{Kind: flow.Text, Data: []byte("hello tok9abcdef and joe@example.com"), Size: 36},
			{Kind: flow.Binary, Data: []byte("\x00kept"), Size: 5},
		},
	}
	got := red.Flow(in)
	for i, want := range []string{`{"type":"auth","token":"[redacted:secret:*]"}`,
		"hello [redacted:secret:*] and [redacted:email:*]", ""} {
		if m := got.Messages[i]; stars(string(m.Data)) != want || m.Size != max(5, int64(len(m.Data))) || (m.Omitted == "") != (want != "") {
			t.Errorf("message %d: %q, size %d", i, m.Data, m.Size)
		}
	}
	if string(in.Messages[0].Data) != `{"type":"auth","token":"s3cr3t"}` {
		t.Error("the flow given was changed")
	}
}

// TestFlowUndecodable removes bodies that cannot be decoded.
func TestFlowUndecodable(t *testing.T) {
	for _, enc := range []string{"compress", "gzip"} {
		f := flow.Flow{Request: flow.Request{Header: header("Content-Encoding", enc),
			Body: flow.Body{Data: []byte("s3cr3t"), Size: 6}}}
		if got := red.Flow(f); len(got.Request.Body.Data) > 0 || got.Request.Body.Omitted == "" ||
			got.Request.Body.Size != 6 {
			t.Errorf("%s: %+v", enc, got.Request.Body)
		}
	}
	// Nothing to redact: byte for byte the same, still encoded.
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	w.Write([]byte(`{"n":1}`))
	w.Close()
	f := flow.Flow{Request: flow.Request{Header: header("Content-Encoding", "gzip"),
		Body: flow.Body{Data: z.Bytes(), Size: int64(z.Len())}}}
	if got := red.Flow(f); !bytes.Equal(got.Request.Body.Data, z.Bytes()) ||
		!got.Request.Header.Has("Content-Encoding") {
		t.Errorf("%+v", got.Request)
	}
}

// TestReplayedFlow checks that a flow whose request an agent wrote shares no placeholder with other
// flows: the API may return the agent's guess of a captured secret.
func TestReplayedFlow(t *testing.T) {
	r := redact.New([]byte("key"), redact.Config{})
	of := func(source string, id flow.ID) string {
		f := flow.Flow{ID: id, Source: source, Request: flow.Request{Header: flow.Header{{Name: "X-Api-Key", Value: "one secret value"}}}}
		return r.Flow(f).Request.Header.Get("X-Api-Key")
	}
	a, b := flow.NewID(), flow.NewID()
	captured, replayed := of("proxy", a), of(flow.SourceReplay, a)
	switch {
	case captured != of("proxy", b):
		t.Error("captured flows do not share a placeholder")
	case captured == replayed, replayed == of(flow.SourceReplay, b):
		t.Errorf("a replayed flow shares the placeholder %s", replayed)
	case replayed != of(flow.SourceReplay, a):
		t.Error("a replayed flow has another placeholder each time")
	case mark.Len(replayed) != len(replayed):
		t.Errorf("got %s", replayed)
	}
}

// TestLoadedFlows checks that the flows of a file that an agent loaded share placeholders with each
// other alone: the agent may have written guesses into the file.
func TestLoadedFlows(t *testing.T) {
	r := redact.New([]byte("key"), redact.Config{})
	of := func(source string, number uint64) string {
		f := flow.Flow{ID: flow.NewID(), Source: source, Import: number, Request: flow.Request{Header: flow.Header{{Name: "X-Api-Key", Value: "one secret value"}}}}
		return r.Flow(f).Request.Header.Get("X-Api-Key")
	}
	loaded := of(flow.SourceLoaded+"a.har", 1)
	switch {
	case loaded != of(flow.SourceLoaded+"b.har", 1):
		t.Error("flows of one import do not share a placeholder")
	case loaded == of(flow.SourceLoaded+"a.har", 2):
		t.Error("flows of two imports share a placeholder")
	case loaded == of("proxy", 0), loaded == of("import:a.har", 1):
		t.Error("a loaded flow shares a placeholder with captured ones")
	case of("import:a.har", 1) != of("proxy", 0):
		t.Error("a flow that a person imported has a placeholder of its own")
	}
}

// TestRepeatedInEncodings checks that a value that is repeated in a body is found there although
// the body is not in UTF-8, or compressed and cut off.
func TestRepeatedInEncodings(t *testing.T) {
	const secret, text = "k3Jd92LqPz7x", "you sent k3Jd92LqPz7x, and that is all"
	var wide, packed bytes.Buffer
	for _, c := range text {
		wide.Write([]byte{byte(c), 0})
	}
	z := gzip.NewWriter(&packed)
	io.WriteString(z, text)
	z.Flush()
	for _, c := range []struct {
		name   string
		header flow.Header
		body   flow.Body
	}{
		{"UTF-8", nil, flow.Body{Data: []byte(text)}},
		{"UTF-16", flow.Header{{Name: "Content-Type", Value: "text/plain; charset=utf-16le"}}, flow.Body{Data: wide.Bytes()}},
		{"UTF-16, cut off", flow.Header{{Name: "Content-Type", Value: "text/plain; charset=utf-16le"}}, flow.Body{Data: wide.Bytes(), Truncated: true}},
		{"UTF-16 by its mark", flow.Header{{Name: "Content-Type", Value: "text/plain"}}, flow.Body{Data: append([]byte("\xff\xfe"), wide.Bytes()...)}},
		{"gzip, cut off", flow.Header{{Name: "Content-Encoding", Value: "gzip"}}, flow.Body{Data: packed.Bytes(), Truncated: true}},
	} {
		got := red.Flow(flow.Flow{
			Request:  flow.Request{Header: flow.Header{{Name: "X-Api-Key", Value: secret}}},
			Response: &flow.Response{Status: 200, Header: c.header, Body: c.body},
		})
		plain, _, err := decode.Body(got.Response.Header, got.Response.Body, 0)
		if err != nil || strings.Contains(string(plain), secret) || !strings.Contains(string(plain), "and that is all") {
			t.Errorf("%s: %q, %v", c.name, plain, err)
		}
	}
}
