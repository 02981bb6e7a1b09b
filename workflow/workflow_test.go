package workflow

import (
	"crypto/rand"
	"encoding/hex"
	"flag"
	"fmt"
	mathrand "math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/internal/test/must"
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

// traffic is that of one client, in which a second passes between calls.
type traffic struct {
	flows   []flow.Flow
	session uint64
	header  flow.Header // of each request
	set     flow.Header // of each response
	jobs    int         // the number of the last job
}

func (r *traffic) call(method, path, body string, status int, answer string) {
	isJSON := flow.Field{Name: "Content-Type", Value: "application/json"}
	data := func(s string) flow.Body { return flow.Body{Data: []byte(s), Size: int64(len(s))} }
	r.flows = append(r.flows, flow.Flow{
		Seq: flow.Seq(len(r.flows) + 1), Session: r.session, Started: time.Unix(1e9+int64(len(r.flows)), 0), Took: time.Millisecond, Done: true,
		Request:  flow.Request{Method: method, Scheme: "http", Authority: "a", Path: path, Header: append(flow.Header{isJSON}, r.header...), Body: data(body)},
		Response: &flow.Response{Status: status, Header: append(flow.Header{isJSON}, r.set...), Body: data(answer)},
	})
}

// use signs in, creates a job, waits until it is done, and deletes it. between sends what does not
// belong to that.
func (r *traffic) use(user string, between func(*traffic)) {
	token, key := random(), random()
	between(r)
	r.header = nil
	r.call("POST", "/login", `{"user":"`+user+`","password":"secret of `+user+`"}`, 200, `{"token":"`+token+`"}`)
	r.header = flow.Header{{Name: "Authorization", Value: "Bearer " + token}, {Name: "X-Trace", Value: token}} // which the document does not name
	between(r)
	r.jobs += 2
	path := fmt.Sprint("/jobs/", r.jobs)
	r.call("POST", "/jobs", fmt.Sprintf(`{"title":"Job of %[1]s","kind":"fast","owner":{"name":%[1]q}}`, user), 201,
		fmt.Sprintf(`{"id":%d,"title":"Job of %s"}`, r.jobs, user))
	between(r)
	for range 2 {
		r.call("GET", path, "", 200, `{"status":"running"}`)
		between(r)
	}
	r.call("GET", path, "", 200, `{"status":"done","result":"`+key+`"}`)
	between(r)
	r.call("GET", "/results/"+key, "", 200, "{}")
	between(r)
	r.call("DELETE", path, "", 204, "")
}

func record(sessions bool, between func(*traffic)) []flow.Flow {
	r := &traffic{jobs: 3}
	for i, user := range []string{"ann.smith", "bert.jones", "cem.demir"} {
		if sessions {
			r.session = uint64(i + 1)
		}
		r.use(user, between)
	}
	key := random()
	r.call("POST", "/notes", `{"text":"once"}`, 201, `{"key":"`+key+`"}`)
	r.call("GET", "/notes/"+key, "", 200, "{}")
	return r.flows
}

func learn(t *testing.T, flows []flow.Flow, document string) (Summary, string) {
	t.Helper()
	doc := must.Get(openapi.Load([]byte(document)))
	l := must.Get(New(doc, true))
	for i := range flows {
		l.Add(&flows[i])
	}
	s := l.Workflows()
	var b strings.Builder
	must.Do(t, NewArazzo("Jobs", "jobs.yaml", s.Found).Encode(&b, openapi.YAML))
	return s, b.String()
}

// TestGolden finds the chain that recurs, and writes it without a value of its traffic. A person can
// read the file.
func TestGolden(t *testing.T) {
	flows := record(false, func(*traffic) {})
	s, got := learn(t, flows, document)
	const file = "testdata/jobs.arazzo.yaml"
	if *update {
		must.Do(t, os.WriteFile(file, []byte(got), 0o644))
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
	_, want := learn(t, record(false, func(*traffic) {}), document)
	for range 20 {
		flows := record(false, func(r *traffic) {
			for range mathrand.IntN(3) {
				r.call("GET", "/jobs", "", 200, fmt.Sprintf(`{"total":%d,"newest":1}`, r.jobs))
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
	flows := record(true, func(*traffic) {})
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
	var r traffic
	call := func(method, path, body, answer string) { r.call(method, path, body, 200, answer) }
	shelf := random()
	call("POST", "/shelves", `{"name": "first one"}`, `{"id": "`+shelf+`"}`)
	for range 9 {
		book := random()
		call("POST", "/shelves/"+shelf+"/books", "{}", `{"id": "`+book+`"}`)
		call("GET", "/shelves/"+shelf+"/books/"+book, "", "{}")
	}
	doc := strings.ReplaceAll(shelves, `"201": {description: d, content`, `"200": {description: d, content`)
	s, got := learn(t, r.flows, doc)
	if len(s.Found) != 1 || s.Found[0].ID != "createBook-to-getBook" || s.Found[0].Runs != 9 || !strings.Contains(got, "value: $inputs.shelf") {
		t.Errorf("nine books of a shelf: %s", got)
	}
	r.flows = nil
	for _, name := range []string{"poetry-2026", "novels-2026", "travel"} {
		call("POST", "/shelves", `{"name": "`+name+`"}`, `{}`)
		call("GET", "/shelves/"+name, "", `{"name": "`+name+`"}`)
		call("PATCH", "/shelves/"+name, "{}", "")
	}
	if s, got := learn(t, r.flows, doc); len(s.Found) != 0 {
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
	var r traffic
	cookie := ""
	call := func(method, path string, status int, answer string) {
		r.header = flow.Header{{Name: "Cookie", Value: "sid=" + cookie}, {Name: "X-XSRF-Token", Value: cookie}}
		cookie = random()
		r.set = flow.Header{{Name: "Set-Cookie", Value: "sid=" + cookie}}
		r.call(method, path, "{}", status, answer)
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
	_, got := learn(t, r.flows, doc)
	if strings.Count(got, "$steps.login.outputs.cookie") != 2 || strings.Count(got, "outputs.cookie") != 2 || strings.Contains(got, "listJobs") {
		t.Errorf("the session is not from the sign-in alone:\n%s", got)
	}
}
