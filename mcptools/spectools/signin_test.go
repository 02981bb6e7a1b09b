package spectools

import (
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/spectap/spectap/openapi"
)

// app keeps sessions in cookies and refuses what writes without its token, as the frameworks do
// that its tests name.
type app struct {
	mu       sync.Mutex
	sessions map[string]string // user by session
	token    string
	signIns  int
}

func (a *app) user(r *http.Request) string {
	c, err := r.Cookie("sessionid")
	if err != nil {
		return ""
	}
	return a.sessions[c.Value]
}

// begin begins a session, with a new token.
func (a *app) begin(w http.ResponseWriter) {
	a.signIns++
	id := rand.Text()
	a.sessions, a.token = map[string]string{id: "ann"}, rand.Text()+"/+="
	http.SetCookie(w, &http.Cookie{Name: "sessionid", Value: id, Path: "/", HttpOnly: true})
}

const signInDocument = `{"openapi":"3.1.0","info":{"title":"t","version":"1"},"paths":{
"/login/":{"post":{"operationId":"login","requestBody":{"required":true,"content":{"application/x-www-form-urlencoded":{"schema":{"type":"object",
 "required":["username","password","csrfmiddlewaretoken"],"properties":{"username":{"type":"string"},"password":{"type":"string"},"csrfmiddlewaretoken":{"type":"string"}}}}}},"responses":{"302":{"description":"d"}}}},
"/session/csrf":{"get":{"operationId":"getCsrf","responses":{"200":{"description":"d"}}}},
"/things":{"get":{"operationId":"listThings","responses":{"200":{"description":"d"}}},
 "post":{"operationId":"createThing","requestBody":{"content":{"application/json":{"schema":{"type":"object","properties":{"name":{"type":"string"}}}}}},"responses":{"201":{"description":"d"}}}},
"/forms":{"post":{"operationId":"sendForm","requestBody":{"content":{"application/x-www-form-urlencoded":{"schema":{"type":"object","required":["csrfmiddlewaretoken"],
 "properties":{"name":{"type":"string"},"csrfmiddlewaretoken":{"type":"string"}}}}}},"responses":{"201":{"description":"d"}}}}}}`

// TestSignIn writes to apps that keep sessions in cookies: with the token in a cookie, as Django has
// it, in a page, as Rails and Laravel have it, and in an answer of JSON, as Discourse has it. The
// cookie of Rails holds the session, so that it goes with the token of the same page.
func TestSignIn(t *testing.T) {
	ways := map[string]struct {
		show  func(a *app, w http.ResponseWriter, r *http.Request) // the token, by GET
		given func(r *http.Request) string
	}{
		"cookie": {
			func(a *app, w http.ResponseWriter, _ *http.Request) {
				http.SetCookie(w, &http.Cookie{Name: "csrftoken", Value: url.QueryEscape(a.token), Path: "/"})
			},
			func(r *http.Request) string { return r.Header.Get("X-CSRFToken") },
		},
		"page": {
			func(a *app, w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "text/html")
				fmt.Fprintf(w, `<html><meta name="csrf-param" content="authenticity_token"><meta name="csrf-token" content="%s"></html>`, a.token)
			},
			func(r *http.Request) string { return r.Header.Get("X-CSRF-Token") },
		},
		"page of the cookie": {
			func(a *app, w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "text/html")
				if a.user(r) != "" {
					a.begin(w)
					a.signIns--
				}
				fmt.Fprintf(w, `<meta name="csrf-token" content="%s"><form><input type="password" name="%s"></form>`,
					a.token, map[bool]string{true: "password", false: "new"}[r.URL.Path == "/login/"])
			},
			func(r *http.Request) string { return r.Header.Get("X-CSRF-Token") },
		},
		"JSON": {
			func(a *app, w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/session/csrf" {
					w.Header().Set("Content-Type", "application/json")
					fmt.Fprintf(w, `{"csrf":%q}`, a.token)
				}
			},
			func(r *http.Request) string { return r.Header.Get("X-CSRF-Token") },
		},
	}
	for name, way := range ways {
		t.Run(name, func(t *testing.T) {
			a := &app{token: "first/+="}
			mux := http.NewServeMux()
			mux.HandleFunc("POST /login/", func(w http.ResponseWriter, r *http.Request) {
				if r.FormValue("csrfmiddlewaretoken") != a.token || r.Header.Get("Origin") == "" {
					http.Error(w, "CSRF verification failed", http.StatusForbidden)
					return
				}
				if r.FormValue("username") != "ann" || r.FormValue("password") != "p w" {
					if name == "page of the cookie" {
						http.SetCookie(w, &http.Cookie{Name: "sessionid", Value: rand.Text(), Path: "/"})
						http.Redirect(w, r, "/login/", http.StatusFound)
						return
					}
					w.Header().Set("Content-Type", "text/html")
					io.WriteString(w, `<form>Wrong. <input type="password" name="password"></form>`) // as Django does
					return
				}
				a.begin(w)
				http.Redirect(w, r, "/home", http.StatusFound)
			})
			mux.HandleFunc("GET /", func(w http.ResponseWriter, r *http.Request) {
				way.show(a, w, r)
			})
			mux.HandleFunc("GET /things", func(w http.ResponseWriter, r *http.Request) {
				if a.user(r) == "" {
					w.WriteHeader(http.StatusUnauthorized)
				}
				io.WriteString(w, "by "+a.user(r))
			})
			mux.HandleFunc("POST /", func(w http.ResponseWriter, r *http.Request) {
				token := way.given(r)
				if r.URL.Path == "/forms" {
					token = r.FormValue("csrfmiddlewaretoken")
				}
				if a.user(r) == "" || token != a.token {
					http.Error(w, "CSRF verification failed", http.StatusForbidden)
					return
				}
				w.WriteHeader(http.StatusCreated)
				io.WriteString(w, r.URL.Path+" by "+a.user(r)+" with "+token)
			})
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				a.mu.Lock()
				defer a.mu.Unlock()
				mux.ServeHTTP(w, r)
			}))
			defer srv.Close()
			env := map[string]string{"SPECTAP_AUTH_SIGN_IN_USERNAME": "ann", "SPECTAP_AUTH_SIGN_IN_PASSWORD": "p w"}
			o := Options{BaseURL: srv.URL, SignIn: SignIn{Operation: "POST /login/", Get: func(name string) string { return env[name] }}}
			s := newSet(t, signInDocument, o)
			c := connect(t, s, false)
			confirmed := func(tool, args string) string {
				call(t, c, tool, args)
				return string(mustJSON(call(t, c, tool, strings.Replace(args, "{", `{"__confirmed":true,`, 1))))
			}
			if got := string(mustJSON(call(t, c, "listThings", "{}"))); !strings.Contains(got, "by ann") {
				t.Errorf("a read: %s", got)
			}
			if got := confirmed("createThing", `{"name":"x"}`); !strings.Contains(got, "/things by ann") || strings.Contains(got, a.token) {
				t.Errorf("a write: %s", got)
			}
			if got := confirmed("sendForm", `{"name":"x"}`); !strings.Contains(got, "/forms by ann") {
				t.Errorf("a form: %s", got)
			}
			if a.signIns != 1 {
				t.Errorf("signed in %d times", a.signIns)
			}
			a.mu.Lock()
			a.sessions = nil // it is over
			a.mu.Unlock()
			if got := string(mustJSON(call(t, c, "listThings", "{}"))); !strings.Contains(got, "by ann") || a.signIns != 2 {
				t.Errorf("after the session was over: %s", got)
			}
			for _, op := range s.Operations() {
				if op.ID == "login" {
					t.Error("the agent can sign in")
				}
			}
			without := connect(t, newSet(t, signInDocument, Options{BaseURL: srv.URL}), false)
			call(t, without, "createThing", "{}")
			if got := string(mustJSON(call(t, without, "createThing", `{"__confirmed":true}`))); !strings.Contains(got, "--sign-in") {
				t.Errorf("without a session: %s", got)
			}
			env["SPECTAP_AUTH_SIGN_IN_PASSWORD"] = "wrong pass"
			refused := connect(t, newSet(t, signInDocument, o), false)
			if got := string(mustJSON(call(t, refused, "listThings", "{}"))); !strings.Contains(got, " and the form again") ||
				strings.Contains(got, "wrong pass") {
				t.Errorf("a wrong password: %s", got)
			}
		})
	}
}

const tokenDocument = `{"openapi":"3.1.0","info":{"title":"t","version":"1"},"paths":{
"/csrf":{"get":{"operationId":"getKey","responses":{"200":{"description":"d"}}}},
"/realms/{realm}/session":{"post":{"operationId":"login","parameters":[{"name":"realm","in":"path","required":true,"schema":{"type":"string"}}],
 "requestBody":{"content":{"application/json":{"schema":{"type":"object","properties":{"user":{"type":"object",
 "properties":{"email":{"type":"string"},"password":{"type":"string"}}}}}}}},"responses":{"200":{"description":"d"}}}},
"/things":{"get":{"operationId":"listThings","security":[{"key":[]}],"responses":{"200":{"description":"d"}}},
 "post":{"operationId":"createThing","security":[{"key":[]}],"parameters":[{"name":"X-Guard","in":"header","required":true,"schema":{"type":"string"}}],
  "responses":{"201":{"description":"d"}}}},
"/public":{"get":{"operationId":"listPublic","security":[],"responses":{"200":{"description":"d"}}}}},
"components":{"securitySchemes":{"key":SCHEME}}ACCESS}`

// TestSignInGivesToken signs in to an app whose answer has a token, by what the document says and
// without, and gets what the sign-in itself must carry. Only operations that require the token have
// it, and another one is fetched when it is refused.
func TestSignInGivesToken(t *testing.T) {
	for name, tt := range map[string]struct{ scheme, access, prefix, answer string }{
		"of the document": {`{"type":"apiKey","in":"header","name":"Authorization"}`, `,"x-spectap-access":{
 "signIn":[{"operation":"POST /realms/{realm}/session","gives":{"key":{"pointer":"/data/0/accessToken"}}}],
 "antiForgery":[{"header":"X-Guard","from":[{"operation":"GET /csrf","pointer":"/value"}]}]}`, "", `{"data":[{"accessToken":%q}]}`},
		"the whole answer": {`{"type":"http","scheme":"bearer"}`, `,"x-spectap-access":{"signIn":[{"operation":"POST /realms/{realm}/session","gives":{"key":{}}}],
 "antiForgery":[{"header":"X-Guard","from":[{"operation":"GET /csrf","pointer":"/value"}]}]}`, "Bearer ", "%q\n"},
		"the only one": {`{"type":"http","scheme":"bearer"}`, "", "Bearer ", `{"data":{"tokens":{"accessToken":%q,"refreshToken":"x"}}}`},
	} {
		t.Run(name, func(t *testing.T) {
			token, guards, signIns, isForged := "", 0, 0, false
			guard := func(r *http.Request) string {
				c, err := r.Cookie("sid")
				if err != nil || tt.access == "" {
					return ""
				}
				return fmt.Sprint(c.Value, guards)
			}
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				body := must(io.ReadAll(r.Body))
				switch isRead := r.Method == http.MethodGet; {
				case r.URL.Path == "/":
					http.SetCookie(w, &http.Cookie{Name: "sid", Value: rand.Text(), Path: "/"})
				case r.URL.Path == "/csrf":
					guards++
					fmt.Fprintf(w, `{"value":%q}`, guard(r))
				case !isRead && (r.Header.Get("X-Guard") != guard(r) || isForged):
					isForged = false
					http.Error(w, `{"error":"invalid csrf token"}`, http.StatusForbidden)
				case r.URL.Path == "/realms/staff/session" && string(body) == `{"user":{"email":"ann","password":"p w"}}`:
					signIns++
					token = rand.Text()
					fmt.Fprintf(w, tt.answer, token)
				case r.URL.Path == "/public" && r.Header.Get("Authorization") == "":
					io.WriteString(w, "all of them")
				case r.Header.Get("Authorization") == tt.prefix+token:
					io.WriteString(w, "by ann")
				default:
					w.WriteHeader(http.StatusUnauthorized)
				}
			}))
			defer srv.Close()
			env := map[string]string{"SPECTAP_AUTH_SIGN_IN_REALM": "staff", "SPECTAP_AUTH_SIGN_IN_USER_EMAIL": "ann", "SPECTAP_AUTH_SIGN_IN_USER_PASSWORD": "p w"}
			o := Options{BaseURL: srv.URL, SignIn: SignIn{Operation: SignInAuto, Get: func(name string) string { return env[name] }}}
			document := strings.NewReplacer("SCHEME", tt.scheme, "ACCESS", tt.access).Replace(tokenDocument)
			doc := must(openapi.Load([]byte(document)))
			if tt.access == "" {
				if _, err := FromDocument(doc, o); err == nil || !strings.Contains(err.Error(), "x-spectap-access") {
					t.Errorf("the document names no operation: %v", err)
				}
				o.SignIn.Operation = "login"
			}
			c := connect(t, newSet(t, document, o), false)
			want := func(tool, args, text string, n int) {
				t.Helper()
				if got := string(mustJSON(call(t, c, tool, args))); !strings.Contains(got, text) || signIns != n {
					t.Errorf("%s: signed in %d times, want %d: %s", tool, signIns, n, got)
				}
			}
			want("listThings", "{}", "by ann", 1)
			want("listPublic", "{}", "all of them", 1)
			token = "over"
			want("listThings", "{}", "by ann", 2)
			if tt.access != "" {
				want("createThing", "{}", "confirm", 2)
				isForged = true
				want("createThing", `{"__confirmed":true}`, "new credentials meanwhile", 3)
				want("createThing", "{}", "confirm", 3)
				want("createThing", `{"__confirmed":true}`, "by ann", 3)
			}
			delete(env, "SPECTAP_AUTH_SIGN_IN_USER_EMAIL")
			if _, err := FromDocument(doc, o); err == nil || !strings.Contains(err.Error(), "user.email has no value: set SPECTAP_AUTH_SIGN_IN_REALM, SPECTAP_AUTH_SIGN_IN_USER_EMAIL") {
				t.Errorf("without an account: %v", err)
			}
		})
	}
}
