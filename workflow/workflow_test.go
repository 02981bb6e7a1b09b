package workflow

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	mathrand "math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/openapi"
)

var update = flag.Bool("update", false, "write the golden file")

const document = `
openapi: 3.1.0
info: {title: Jobs, version: "1"}
security: [{bearer: []}]
paths:
  /login:
    post: {operationId: login, security: [], requestBody: {content: {application/json: {schema: {properties: {user: {}, password: {}}}}}},
      responses: {"200": {description: d, content: {application/json: {schema: {properties: {token: {}}}}}}}}
  /jobs:
    get: {operationId: listJobs, responses: {"200": {description: d, content: {application/json: {schema: {properties: {total: {}, newest: {}}}}}}}}
    post: {operationId: createJob, requestBody: {content: {application/json: {schema: {properties: {title: {}, kind: {enum: [fast, slow]}, owner: {properties: {name: {}}}}}}}},
      responses: {"201": {description: d, content: {application/json: {schema: {properties: {id: {}, title: {}}}}}}}}
  /jobs/{job_id}:
    parameters: [{name: job_id, in: path, required: true, schema: {type: integer}}]
    get: {operationId: getJob, responses: {"200": {description: d, content: {application/json: {schema: {properties: {status: {enum: [running, done]}, result: {}}}}}}}}
    delete: {operationId: deleteJob, responses: {"204": {description: d}}}
  /results/{key}:
    parameters: [{name: key, in: path, required: true, schema: {type: string}}]
    get: {operationId: getResult, responses: {"200": {description: d}}}
  /notes:
    post: {operationId: createNote, requestBody: {content: {application/json: {schema: {properties: {text: {}}}}}}, responses: {"201": {description: d, content: {application/json: {schema: {properties: {key: {}}}}}}}}
  /notes/{key}:
    parameters: [{name: key, in: path, required: true, schema: {type: string}}]
    get: {operationId: getNote, responses: {"200": {description: d}}}
components:
  securitySchemes: {bearer: {type: http, scheme: bearer}}
`

func random() string {
	b := make([]byte, 16)
	rand.Read(b)
	return hex.EncodeToString(b)
}

// jobs is a server whose clients sign in, create a job, wait until it is done, and delete it.
type jobs struct {
	*httptest.Server
	polls map[string]int
	next  int
}

func newJobs(t *testing.T) *jobs {
	j := &jobs{polls: map[string]int{}, next: 3}
	m := http.NewServeMux()
	answer := func(pattern string, status int, f func(r *http.Request) any) {
		m.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(status)
			json.NewEncoder(w).Encode(f(r))
		})
	}
	answer("POST /login", 200, func(*http.Request) any { return map[string]any{"token": random()} })
	answer("POST /jobs", 201, func(r *http.Request) any {
		var in map[string]any
		json.NewDecoder(r.Body).Decode(&in)
		j.next += 2
		return map[string]any{"id": j.next, "title": in["title"]}
	})
	answer("GET /jobs", 200, func(*http.Request) any { return map[string]any{"total": j.next, "newest": 1} })
	answer("GET /jobs/{id}", 200, func(r *http.Request) any {
		if j.polls[r.PathValue("id")]++; j.polls[r.PathValue("id")] < 3 {
			return map[string]any{"status": "running"}
		}
		return map[string]any{"status": "done", "result": random()}
	})
	answer("GET /results/{key}", 200, func(*http.Request) any { return map[string]any{} })
	answer("DELETE /jobs/{id}", 204, func(*http.Request) any { return nil })
	answer("POST /notes", 201, func(*http.Request) any { return map[string]any{"key": random()} })
	answer("GET /notes/{key}", 200, func(*http.Request) any { return map[string]any{} })
	j.Server = httptest.NewServer(m)
	t.Cleanup(j.Close)
	return j
}

// client records what it sends.
type client struct {
	t       *testing.T
	base    string
	session uint64
	token   string
	flows   *[]flow.Flow
	clock   *time.Time
}

func (c *client) call(method, path string, body any) map[string]any {
	c.t.Helper()
	var sent []byte
	if body != nil {
		sent, _ = json.Marshal(body)
	}
	req, err := http.NewRequest(method, c.base+path, bytes.NewReader(sent))
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header.Set("User-Agent", "test")
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
		req.Header.Set("X-Trace", c.token) // which the document does not name
	}
	header := flow.HeaderOf(req.Header)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	defer res.Body.Close()
	got, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode >= 400 {
		c.t.Fatalf("%s %s: %d %v", method, path, res.StatusCode, err)
	}
	*c.clock = c.clock.Add(time.Second)
	*c.flows = append(*c.flows, flow.Flow{
		Seq: flow.Seq(len(*c.flows) + 1), Session: c.session, Started: *c.clock, Took: time.Millisecond, Done: true,
		Request: flow.Request{Method: method, Scheme: "http", Authority: strings.TrimPrefix(c.base, "http://"), Path: path, Header: header,
			Body: flow.Body{Data: sent, Size: int64(len(sent))}},
		Response: &flow.Response{Status: res.StatusCode, Header: flow.HeaderOf(res.Header), Body: flow.Body{Data: got, Size: int64(len(got))}},
	})
	var v map[string]any
	json.Unmarshal(got, &v)
	return v
}

// use runs the chain once. between sends what does not belong to it.
func (c *client) use(user string, between func()) {
	between()
	c.token = ""
	c.token = c.call("POST", "/login", map[string]any{"user": user, "password": "secret of " + user})["token"].(string)
	between()
	path := fmt.Sprint("/jobs/", c.call("POST", "/jobs", map[string]any{"title": "Job of " + user, "kind": "fast", "owner": map[string]any{"name": user}})["id"])
	between()
	result := any(nil)
	for result == nil {
		result = c.call("GET", path, nil)["result"]
		between()
	}
	c.call("GET", "/results/"+result.(string), nil)
	between()
	c.call("DELETE", path, nil)
}

func record(t *testing.T, sessions bool, between func(*client)) []flow.Flow {
	j, clock := newJobs(t), time.Unix(1e9, 0)
	var flows []flow.Flow
	c := &client{t: t, base: j.URL, flows: &flows, clock: &clock}
	for i, user := range []string{"ann.smith", "bert.jones", "cem.demir"} {
		if sessions {
			c.session = uint64(i + 1)
		}
		c.use(user, func() { between(c) })
	}
	c.call("GET", "/notes/"+c.call("POST", "/notes", map[string]any{"text": "once"})["key"].(string), nil)
	return flows
}

func learn(t *testing.T, flows []flow.Flow, document string) (Summary, string) {
	t.Helper()
	doc, err := openapi.Load([]byte(document))
	if err != nil {
		t.Fatal(err)
	}
	l, err := New(doc, true)
	if err != nil {
		t.Fatal(err)
	}
	for i := range flows {
		l.Add(&flows[i])
	}
	s := l.Workflows()
	var b strings.Builder
	if err := NewArazzo("Jobs", "jobs.yaml", s.Found).Encode(&b, openapi.YAML); err != nil {
		t.Fatal(err)
	}
	return s, b.String()
}

// TestGolden finds the chain that recurs, and writes it without a value of its traffic. A person can
// read the file.
func TestGolden(t *testing.T) {
	flows := record(t, false, func(*client) {})
	s, got := learn(t, flows, document)
	const file = "testdata/jobs.arazzo.yaml"
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil || got != string(want) {
		t.Errorf("%v: %s differs (-update writes it):\n%s", err, file, got)
	}
	for i := range flows {
		for _, secret := range []string{flows[i].Request.Header.Get("Authorization"), "secret of", "ann.smith", "Job of"} {
			if secret != "" && strings.Contains(got, secret) {
				t.Errorf("the document has %q", secret)
			}
		}
	}
	if s.OneOff != 1 || len(s.Found) != 1 || s.Found[0].Runs != 3 {
		t.Fatalf("%+v", s)
	}
	f := s.Found[0]
	if fmt.Sprint(f.Flows[2]) != "[1 2 5 6 7]" { // the second and third of three polls are not shown
		t.Errorf("flows %v", f.Flows)
	}
	links := map[string]string{}
	for _, k := range f.Links {
		links[k.Step+" "+k.Place] = k.From + " " + k.Value
		if k.Runs != 3 || len(k.Flows) != 3 {
			t.Errorf("%+v", k)
		}
	}
	if links["deleteJob path job_id"] != "createJob $response.body#/id" || links["createJob header Authorization"] != "login $response.body#/token" ||
		links["getResult path key"] != "getJob $response.body#/result" {
		t.Errorf("links %v", links)
	}
	read, err := Read([]byte(got))
	if err != nil || len(read.Workflows) != 1 || len(read.Workflows[0].Steps) != 5 {
		t.Errorf("read again: %+v, %v", read, err)
	}
}

// TestUnrelated is a law: traffic between the steps that has nothing to do with them, and the order
// in which flows are added, change no workflow.
func TestUnrelated(t *testing.T) {
	_, want := learn(t, record(t, false, func(*client) {}), document)
	for range 20 {
		flows := record(t, false, func(c *client) {
			for range mathrand.IntN(3) {
				c.call("GET", "/jobs", nil)
			}
		})
		mathrand.Shuffle(len(flows), func(i, k int) { flows[i], flows[k] = flows[k], flows[i] })
		if _, got := learn(t, flows, document); got != want {
			t.Fatalf("with unrelated traffic:\n%s", got)
		}
	}
}

// TestSupport counts runs, in however many sessions.
func TestSupport(t *testing.T) {
	flows := record(t, true, func(*client) {})
	if s, _ := learn(t, flows, document); len(s.Found) != 1 || s.Found[0].Sessions != 3 {
		t.Errorf("three sessions: %+v", s)
	}
	var one []flow.Flow
	for _, f := range flows {
		if f.Session == 1 || f.Request.Path == "/notes" {
			one = append(one, f)
		}
	}
	if s, _ := learn(t, one, document); len(s.Found) != 0 {
		t.Errorf("one run in two sessions: %+v", s.Found)
	}
	for i := range flows {
		flows[i].Session = min(flows[i].Session, 1)
	}
	if s, _ := learn(t, flows, document); len(s.Found) != 1 || s.Found[0].Runs != 3 {
		t.Errorf("three runs in one of two sessions: %+v", s.Found)
	}
}

const shelves = `
openapi: 3.1.0
info: {title: Shelves, version: "1"}
paths:
  /shelves:
    post: {operationId: createShelf, requestBody: {content: {application/json: {schema: {properties: {name: {}}}}}},
      responses: {"201": {description: d, content: {application/json: {schema: {properties: {id: {}}}}}}}}
  /shelves/{shelf}:
    parameters: [{name: shelf, in: path, required: true, schema: {type: string}}]
    get: {operationId: getShelf, responses: {"200": {description: d, content: {application/json: {schema: {properties: {name: {}}}}}}}}
    patch: {operationId: updateShelf, responses: {"204": {description: d}}}
  /shelves/{shelf}/books:
    parameters: [{name: shelf, in: path, required: true, schema: {type: string}}]
    post: {operationId: createBook, responses: {"201": {description: d, content: {application/json: {schema: {properties: {id: {}}}}}}}}
  /shelves/{shelf}/books/{book}:
    parameters: [{name: shelf, in: path, required: true, schema: {type: string}}, {name: book, in: path, required: true, schema: {type: string}}]
    get: {operationId: getBook, responses: {"200": {description: d}}}
`

// TestMade requires a value that an answer made. Runs with one shelf are divided, and chains of what
// a client named are none.
func TestMade(t *testing.T) {
	var flows []flow.Flow
	call := func(method, path, body, answer string) {
		h := flow.Header{{Name: "Content-Type", Value: "application/json"}}
		flows = append(flows, flow.Flow{Seq: flow.Seq(len(flows) + 1), Started: time.Unix(1e9+int64(len(flows)), 0), Done: true,
			Request:  flow.Request{Method: method, Scheme: "http", Authority: "a", Path: path, Header: h, Body: flow.Body{Data: []byte(body), Size: int64(len(body))}},
			Response: &flow.Response{Status: 200, Header: h, Body: flow.Body{Data: []byte(answer), Size: int64(len(answer))}}})
	}
	shelf := random()
	call("POST", "/shelves", `{"name": "first one"}`, `{"id": "`+shelf+`"}`)
	for range 9 {
		book := random()
		call("POST", "/shelves/"+shelf+"/books", "{}", `{"id": "`+book+`"}`)
		call("GET", "/shelves/"+shelf+"/books/"+book, "", "{}")
	}
	doc := strings.ReplaceAll(shelves, `"201": {description: d, content`, `"200": {description: d, content`)
	s, got := learn(t, flows, doc)
	if len(s.Found) != 1 || s.Found[0].ID != "createBook-to-getBook" || s.Found[0].Runs != 9 || !strings.Contains(got, "value: $inputs.shelf") {
		t.Errorf("nine books of a shelf: %s", got)
	}
	flows = nil
	for _, name := range []string{"poetry-2026", "novels-2026", "travel"} {
		call("POST", "/shelves", `{"name": "`+name+`"}`, `{}`)
		call("GET", "/shelves/"+name, "", `{"name": "`+name+`"}`)
		call("PATCH", "/shelves/"+name, "{}", "")
	}
	if s, got := learn(t, flows, doc); len(s.Found) != 0 {
		t.Errorf("names that the client chose: %s", got)
	}
}

// TestAccess takes the session from the operation that signs in by openapi.Access, also if each
// answer renews it, and no header from a line of Set-Cookie.
func TestAccess(t *testing.T) {
	doc := strings.Replace(document, "{bearer: {type: http, scheme: bearer}}", `{bearer: {type: apiKey, in: cookie, name: sid}}
x-spectap-access:
  signIn: [{operation: POST /login, gives: {bearer: {cookie: sid}}}]
  antiForgery: [{header: X-XSRF-Token, from: [{cookie: sid}]}]`, 1)
	doc = strings.Replace(doc, "post: {operationId: createNote,", "post: {operationId: createNote, parameters: [{name: X-XSRF-Token, in: header, required: true, schema: {}}],", 1)
	var flows []flow.Flow
	cookie := ""
	call := func(method, path string, status int, answer string) {
		at := time.Unix(1e9+int64(len(flows)), 0)
		h := flow.Header{{Name: "Cookie", Value: "sid=" + cookie}, {Name: "X-XSRF-Token", Value: cookie}, {Name: "Content-Type", Value: "application/json"}}
		cookie = random()
		flows = append(flows, flow.Flow{Seq: flow.Seq(len(flows) + 1), Started: at, Done: true,
			Request: flow.Request{Method: method, Scheme: "http", Authority: "a", Path: path, Header: h, Body: flow.Body{Data: []byte("{}"), Size: 2}},
			Response: &flow.Response{Status: status, Header: flow.Header{{Name: "Content-Type", Value: "application/json"}, {Name: "Set-Cookie", Value: "sid=" + cookie}},
				Body: flow.Body{Data: []byte(answer), Size: int64(len(answer))}}})
	}
	for range 2 {
		call("POST", "/login", 200, "{}")
		call("GET", "/jobs", 200, "{}")
		for range 2 {
			id := random()
			call("POST", "/notes", 201, `{"key": "`+id+`"}`)
			call("GET", "/jobs", 200, "{}")
			call("GET", "/notes/"+id, 200, "{}")
		}
	}
	_, got := learn(t, flows, doc)
	if strings.Count(got, "$steps.login.outputs.cookie") != 2 || strings.Count(got, "outputs.cookie") != 2 || strings.Contains(got, "listJobs") {
		t.Errorf("the session is not from the sign-in alone:\n%s", got)
	}
}
