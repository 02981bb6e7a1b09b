package codegen

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/mcptools/apidoc"
	"github.com/spectap/spectap/openapi/build"
	"github.com/spectap/spectap/store/storetest"
)

// TestWithSignIn runs programs of a write, in an app which gave other values when it was captured.
// Each page has another token in a hidden field, the sign-in gives a session and a bearer token, and
// a write needs the token of a cookie, which a script decodes.
func TestWithSignIn(t *testing.T) {
	isCaptured := true
	value := func(of string) string {
		return fmt.Sprintf("%x", sha256.Sum256(fmt.Append(nil, of, isCaptured)))[:40] + "=="
	}
	app := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		switch {
		case r.Method == "GET":
			w.Header().Set("Content-Type", "text/html")
			w.Header().Set("Set-Cookie", "sid="+value("out"))
			fmt.Fprintf(w, `<form><input type="hidden" name="csrf" value="%s"></form>`, strings.ReplaceAll(value("page"), "=", "&#61;"))
		case r.FormValue("user[password]") == "pa&ss wörd" && r.FormValue("csrf") == value("page"):
			w.Header().Add("Set-Cookie", "sid="+value("in"))
			w.Header().Add("Set-Cookie", "XSRF-TOKEN="+strings.ReplaceAll(value("xsrf"), "=", "%3D"))
			fmt.Fprintf(w, `{"tokens":[{"access_token":"%s"}]}`, value("bearer"))
		case strings.HasSuffix(r.Header.Get("Cookie"), "sid="+value("in")) && r.Header.Get("Authorization") == "Bearer "+value("bearer") && r.Header.Get("X-XSRF-TOKEN") == value("xsrf"):
			io.WriteString(w, `{"written":true}`)
		default:
			w.WriteHeader(http.StatusForbidden)
		}
	})
	server := httptest.NewServer(app)
	defer server.Close()
	form, json := flow.Field{Name: "Content-Type", Value: "application/x-www-form-urlencoded"}, flow.Field{Name: "Content-Type", Value: "application/json"}
	generate := capture(t, app, server.URL, []flow.Request{
		{Method: "GET", Path: "/login", Header: flow.Header{{Name: "Cookie", Value: "old=1"}}},
		{Method: "POST", Path: "/login", Header: flow.Header{form, {Name: "Cookie", Value: "sid=" + value("out")}},
			Body: flow.Body{Data: []byte("csrf=" + value("page") + "&user%5Bpassword%5D=pa%26ss+w%C3%B6rd")}},
		{Method: "POST", Path: "/things", Header: flow.Header{json, {Name: "X-Xsrf-Token", Value: value("xsrf")}, {Name: "Authorization", Value: "Bearer " + value("bearer")},
			{Name: "Cookie", Value: "a=b; XSRF-TOKEN=" + strings.ReplaceAll(value("xsrf"), "=", "%3D") + "; sid=" + value("in")}}, Body: flow.Body{Data: []byte("{}")}},
	})
	isCaptured = false
	for framework := range interpreters {
		t.Run(framework, func(t *testing.T) {
			p := generate(framework, 3)
			if got := outputOf(t, interpreter(t, framework), p, map[string]string{"PASSWORD": "pa&ss wörd"}); !strings.Contains(got, "written") {
				t.Errorf("%s\n%s", got, p.Code)
			}
		})
	}
}

// capture sends requests to an app and returns a function which generates a program of some of them,
// by their numbers.
func capture(t *testing.T, app http.Handler, base string, requests []flow.Request) func(framework string, ids ...flow.Seq) Program {
	model, st, red := infer.New(), storetest.NewMemory(), redact.New([]byte("key"), redact.Config{})
	for _, r := range requests {
		in, out := httptest.NewRequest(r.Method, r.Target(), bytes.NewReader(r.Body.Data)), httptest.NewRecorder()
		for _, h := range r.Header {
			in.Header.Set(h.Name, h.Value)
		}
		app.ServeHTTP(out, in)
		r.Scheme, r.Authority, r.Body.Size = "http", strings.TrimPrefix(base, "http://"), int64(len(r.Body.Data))
		f := flow.Flow{Done: true, Request: r, Response: &flow.Response{Status: out.Code, Header: flow.HeaderOf(out.Header()), Body: flow.Body{Data: out.Body.Bytes(), Size: int64(out.Body.Len())}}}
		f.Seq, _ = st.Append(t.Context(), f)
		model.Add(&f)
	}
	d := model.Document(infer.Options{})
	doc, _ := build.Document(d, build.Options{})
	m, _ := apidoc.NewMatcher(doc, &d)
	return func(framework string, ids ...flow.Seq) Program {
		var flows []flow.Flow
		for _, id := range ids {
			f, _ := st.Get(t.Context(), id)
			flows = append(flows, red.Flow(f))
		}
		return Generate(framework, WithSignIn(t.Context(), m, st, red.Flow, flows))
	}
}

// TestChains runs programs in an app that gives other ids than when it was captured: a write to a
// thing that another write made, lists whose pages follow by cursor and by number, and a thing whose
// id no answer gave.
func TestChains(t *testing.T) {
	kind, sent := "captured", ""
	id := func(of string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(of+kind)))[:24] }
	app := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		sent += r.Method + " " + r.URL.Path + " " + r.URL.Query().Encode() + string(body) + "\n"
		w.Header().Set("Content-Type", "application/json")
		switch {
		case r.Method == "POST" && r.URL.Path == "/boards":
			fmt.Fprintf(w, `{"board":{"size":7,"id":"%s"}}`, id(string(body)))
		case r.Method == "POST":
			w.Header().Set("Location", r.RequestURI+"/"+id(r.RequestURI))
		case r.Method == "GET" && r.URL.Path == "/boards":
			fmt.Fprintf(w, `{"boards":[{"id":"%s"},{"id":"%s"}]}`, id("listed 0"), id("listed 1"))
		case r.URL.Path == "/tags":
			fmt.Fprintf(w, `{"tags":[%s]}`, map[bool]string{true: `{"name":"x"},{"name":"y"}`}[r.FormValue("page") < "3"])
		case r.Method == "GET" && r.FormValue("after") == "":
			fmt.Fprintf(w, `{"items":[{"title":"a"}],"next_cursor":"%s"}`, id("cursor")+"+/=")
		default:
			io.WriteString(w, `{"items":[{"title":"b"}],"next_cursor":null}`)
		}
	})
	server := httptest.NewServer(app)
	defer server.Close()
	requests, json := []flow.Request{{Method: "GET", Path: "/boards"}}, flow.Header{{Name: "Content-Type", Value: "application/json"}}
	for i := range 4 {
		name := fmt.Sprintf(`{"name":"b%d"}`, i)
		cards, listed := "/boards/"+id(name)+"/cards", "/boards/"+id(fmt.Sprintf("listed %d", i%2))+"/cards"
		requests = append(requests, flow.Request{Method: "POST", Path: "/boards", Header: json, Body: flow.Body{Data: []byte(name)}},
			flow.Request{Method: "POST", Path: cards, Header: json, Body: flow.Body{Data: []byte(`{"title":"x"}`)}},
			flow.Request{Method: "DELETE", Path: cards + "/" + id(cards)},
			flow.Request{Method: "GET", Path: listed, RawQuery: "limit=1"}, flow.Request{Method: "GET", Path: listed, RawQuery: "limit=1&after=" + id("cursor") + "%2B%2F%3D"},
			flow.Request{Method: "GET", Path: "/tags", RawQuery: fmt.Sprintf("page=%d", i%3+1)}, flow.Request{Method: "GET", Path: fmt.Sprintf("/rooms/%d", 4711+i)})
	}
	generate := capture(t, app, server.URL, requests)
	for framework := range interpreters {
		t.Run(framework, func(t *testing.T) {
			p := generate(framework, 25, 27, 7, 14, 29)
			kind = "captured"
			made := "/boards/" + id(`{"name":"b3"}`) + "/cards"
			made += "/" + id(made) // a write concerns the thing of the capture
			kind, sent = framework, ""
			outputOf(t, interpreter(t, framework), p, nil)
			listed := "/boards/" + id("listed 1") + "/cards"
			want := strings.Join([]string{"GET /boards ", "DELETE " + made + " ", "GET " + listed + " limit=1",
				"GET " + listed + " after=" + id("cursor") + "%2B%2F%3D&limit=1", "GET /tags page=1", "GET /tags page=2", "GET /tags page=3", "GET /rooms/4714 ", ""}, "\n")
			if sent != want {
				t.Errorf("sent\n%swant\n%s\n%s", sent, want, p.Code)
			}
		})
	}
}

// TestWholeToken takes a token that is the whole answer.
func TestWholeToken(t *testing.T) {
	const token = "ghp_0123456789abcdefghij0123456789abcdef"
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "%q\n", cmp.Or(r.Header.Get("Authorization"), "fresh-token"))
	}))
	defer api.Close()
	in := newFlow("POST", strings.TrimPrefix(api.URL, "http://"), "/login", "")
	in.Response = &flow.Response{Status: 200, Header: flow.Header{{Name: "Content-Type", Value: "text/plain"}}, Body: flow.Body{Data: []byte(token), Size: int64(len(token))}}
	use := newFlow("GET", in.Request.Authority, "/me", "")
	use.Request.Header = flow.Header{{Name: "Authorization", Value: "Bearer " + token}}
	for _, framework := range []string{"requests", "curl", "fetch"} {
		t.Run(framework, func(t *testing.T) {
			if got := outputOf(t, interpreter(t, framework), generate(framework, in, use), nil); !strings.Contains(got, "Bearer fresh-token") {
				t.Error(got)
			}
		})
	}
}

// TestWithSignInOfTwo signs in as the account of each request, and right before it.
func TestWithSignInOfTwo(t *testing.T) {
	model, st, red, flows := infer.New(), storetest.NewMemory(), redact.New([]byte("key"), redact.Config{}), []flow.Flow{}
	for i, path := range []string{"/login", "/login", "/things", "/things", "/things", "/ping"} {
		text, sid := fmt.Sprintf(`{"user":"u","password":"hunter2%d"}`, i), fmt.Sprintf("sid=%040d", i%2)
		f := flow.Flow{Done: true, Request: flow.Request{Method: "POST", Scheme: "http", Authority: "a.example", Path: path, Body: flow.Body{Data: []byte(text), Size: int64(len(text))},
			Header: flow.Header{{Name: "Content-Type", Value: "application/json"}}}, Response: &flow.Response{Status: 200}}
		if path == "/ping" {
			f.Request.Authority = "b.example"
		} else if i < 2 {
			f.Response.Header = flow.Header{{Name: "Set-Cookie", Value: sid + "; HttpOnly"}}
		} else {
			f.Request.Header = flow.Header{{Name: "Cookie", Value: sid}}
		}
		f.Seq, _ = st.Append(t.Context(), f)
		model.Add(&f)
		flows = append(flows, red.Flow(f))
	}
	d := model.Document(infer.Options{})
	doc, _ := build.Document(d, build.Options{})
	m, _ := apidoc.NewMatcher(doc, &d)
	got, seq := "", WithSignIn(t.Context(), m, st, red.Flow, append(flows[5:], flows[2:5]...))
	for _, f := range seq.Flows {
		got += fmt.Sprint(f.Seq)
	}
	code := Generate("curl", seq).Code
	sent := strings.Join(regexp.MustCompile(`Cookie: sid='"\$\w+|\w+=\$\(line`).FindAllString(code, -1), " ")
	const a, b = "SESSION_COOKIE", "SESSION_COOKIE_2"
	want := strings.NewReplacer("A", a, "B", b).Replace(`A=$(line B=$(line Cookie: sid='"$A A=$(line Cookie: sid='"$A Cookie: sid='"$B`)
	if got != "163245" || sent != want {
		t.Errorf("%s\n%s\n%s", got, sent, code)
	}
}
