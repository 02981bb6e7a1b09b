package postman

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/exchange"
)

const shop = `{
 "info": {"name": "Shop", "schema": "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"},
 "variable": [{"key": "baseUrl", "value": "https://api.example.com/{{version}}"}, {"key": "version", "value": "v1"}, {"key": "count", "value": 3}],
 "item": [
  {"name": "Orders", "item": [
   {"name": "Get an order", "request": {"method": "GET", "url": {"raw": "{{baseUrl}}/orders/:id?limit={{count}}", "variable": [{"key": "id", "value": "a b"}]}},
    "response": [
     {"name": "found", "code": 200, "status": "OK", "header": [{"key": "Content-Type", "value": "application/json"}, {"key": "Content-Encoding", "value": "gzip"}], "body": "{\"id\":7}"},
     {"name": "gone", "code": 404, "header": null, "body": null,
      "originalRequest": {"method": "DELETE", "header": [{"key": "X-Off", "value": "1", "disabled": true}, {"key": "X-On", "value": "{{version}}"}], "url": "{{baseUrl}}/orders/8"}}]},
   {"name": "Create", "request": {"method": "POST", "url": "{{baseUrl}}/orders", "body": {"mode": "raw", "raw": "{\"n\":{{count}}}", "options": {"raw": {"language": "json"}}}},
    "response": [{"name": "made", "code": 201, "body": ""}]},
   {"name": "Form", "request": {"method": "POST", "url": "{{baseUrl}}/forms", "body": {"mode": "urlencoded", "urlencoded": [{"key": "a b", "value": "1&2"}, {"key": "off", "value": "x", "disabled": true}]}},
    "response": [{"name": "ok", "code": 204}]},
   {"name": "Query", "request": {"method": "POST", "url": "{{baseUrl}}/graphql", "body": {"mode": "graphql", "graphql": {"query": "{ me { id } }", "variables": "{\"a\": 1}"}}},
    "response": [{"name": "ok", "code": 200, "body": "{}"}]}
  ]},
  {"name": "never answered", "request": {"method": "GET", "url": "{{baseUrl}}/x"}, "response": []}
 ]}`

func readAll(text string) (flows []flow.Flow, errs []error, skipped int) {
	r := Read(strings.NewReader(text), Config{Source: "import:shop.json"})
	for f, err := range r.Flows() {
		if err != nil {
			errs = append(errs, err)
			continue
		}
		flows = append(flows, f)
	}
	return flows, errs, r.Skipped()
}

func TestRead(t *testing.T) {
	if !IsCollection([]byte(shop)[:300]) {
		t.Error("not recognized")
	}
	flows, errs, skipped := readAll(shop)
	if len(errs) > 0 || skipped != 1 || len(flows) != 5 {
		t.Fatal(len(flows), errs, skipped)
	}
	for i, want := range []string{
		"GET https://api.example.com/v1/orders/a%20b?limit=3  200 {\"id\":7}",
		"DELETE https://api.example.com/v1/orders/8  404 ",
		"POST https://api.example.com/v1/orders {\"n\":3} 201 ",
		"POST https://api.example.com/v1/forms a+b=1%262 204 ",
		"POST https://api.example.com/v1/graphql {\"query\":\"{ me { id } }\",\"variables\":{\"a\":1}} 200 {}",
	} {
		f := flows[i]
		got := f.Request.Method + " " + f.Request.URL() + " " + string(f.Request.Body.Data)
		if status := f.Response.Status; got+" "+strings.TrimSpace(strings.Join([]string{itoa(status), string(f.Response.Body.Data)}, " ")) != strings.TrimSpace(want) {
			t.Errorf("flow %d: %s %d %s, want %s", i, got, status, f.Response.Body.Data, want)
		}
	}
	if h := flows[0].Response.Header; h.Has("Content-Encoding") || h.Get("Content-Type") != "application/json" {
		t.Error(h)
	}
	if h := flows[1].Request.Header; h.Has("X-Off") || h.Get("X-On") != "v1" {
		t.Error(h)
	}
	if got := flows[2].Request.Header.Get("Content-Type"); got != "application/json" {
		t.Error(got)
	}
}

func itoa(n int) string {
	return string([]byte{byte('0' + n/100), byte('0' + n/10%10), byte('0' + n%10)})
}

func TestBadCollections(t *testing.T) {
	one := func(url, code string) string {
		return `{"info":{"schema":"https://schema.getpostman.com/json/collection/v2.1.0/collection.json"},"item":[{"name":"a","request":{"method":"GET","url":` + url + `},"response":[{"name":"b","code":` + code + `}]}]}`
	}
	for text, want := range map[string]string{
		"{}":                                  ErrNotCollection.Error(),
		`{"info":{"schema":"x"}}`:             ErrNotCollection.Error(),
		one(`"{{host}}/a"`, "200"):            `entry 1: "a", example "b": url: the variable "host" has no value`,
		one(`"https://a.example/:id"`, "200"): `the path variable "id" has no value`,
		one(`"https://a.example/"`, "0"):      "code: 0 is not a status",
		one(`"https:///"`, "200"):             "url: no host",
	} {
		_, errs, _ := readAll(text)
		if len(errs) != 1 || !strings.Contains(errs[0].Error(), want) {
			t.Errorf("%s: %v, want %s", text, errs, want)
		}
	}
	deep := strings.Repeat(`{"item":[`, 100) + strings.Repeat("]}", 100)
	_, errs, _ := readAll(`{"info":{"schema":"https://schema.getpostman.com/json/collection/v2.1.0/collection.json"},"item":[` + deep + `]}`)
	if len(errs) != 1 || !errors.Is(errs[0], exchange.ErrTooLarge) {
		t.Error(errs)
	}
	// Variables that name themselves end.
	grow := strings.Replace(one(`"{{a}}"`, "200"), `"item"`, `"variable":[{"key":"a","value":"{{a}}{{a}}{{a}}{{a}}{{a}}{{a}}{{a}}{{a}}"}],"item"`, 1)
	if _, errs, _ := readAll(grow); len(errs) != 1 {
		t.Error(errs)
	}
}

// TestBoundsOfVariables checks that a small file does not become a large one: in one text, in many
// texts, in paths, in many examples, and with many variables at many items.
func TestBoundsOfVariables(t *testing.T) {
	long := strings.Repeat("x", 100_000)
	collection := func(variables, items string) string {
		return `{"info":{"schema":"https://schema.getpostman.com/json/collection/v2.1.0/collection.json"},"variable":[` + variables + `],"item":[` + items + `]}`
	}
	many := func(n int, text string) string { return strings.TrimSuffix(strings.Repeat(text+",", n), ",") }
	item := func(request string) string {
		return `{"name":"a","request":{"method":"POST",` + request + `},"response":[{"code":200}]}`
	}
	variable := `{"key":"v","value":"` + long + `"}`
	const use = `{"key":"X","value":"{{v}}"}`
	for name, text := range map[string]string{
		"text":    item(`"url":"https://a.example/","body":{"mode":"raw","raw":"` + strings.Repeat("{{v}}", 50) + `"}`),
		"headers": item(`"url":"https://a.example/","header":[` + many(50, use) + `]`),
		"form":    item(`"url":"https://a.example/","body":{"mode":"urlencoded","urlencoded":[` + many(50, use) + `]}`),
		"parts":   item(`"url":"https://a.example/","body":{"mode":"formdata","formdata":[` + many(50, use) + `]}`),
		"path":    item(`"url":{"raw":"https://a.example` + strings.Repeat("/:v", 50) + `","variable":[` + variable + `]}`),
	} {
		flows, errs, _ := readAll(collection(variable, text))
		if len(flows) > 0 || len(errs) != 1 || !errors.Is(errs[0], exchange.ErrTooLarge) {
			t.Errorf("%s: %d flows, %v", name, len(flows), errs)
		}
	}
	if testing.Short() {
		return // the bound of all requests together takes 256 MB
	}
	half := item(`"url":"https://a.example/","body":{"mode":"raw","raw":"{{v}}{{v}}{{v}}{{v}}{{v}}"}`)
	n := maxReplacedOfAll / (5 * len(long))
	flows, errs, _ := readAll(collection(variable, many(n+5, half)))
	if len(flows) != n || len(errs) != 5 {
		t.Errorf("%d flows and %d errors, want %d flows", len(flows), len(errs), n)
	}
}

// TestRepeatedRequests checks that many examples of one large request do not take the product.
func TestRepeatedRequests(t *testing.T) {
	const answers = 1000
	many := func(n int, text string) string { return strings.TrimSuffix(strings.Repeat(text+",", n), ",") }
	for name, request := range map[string]string{
		"body":    `"url":"https://a.example/","body":{"mode":"raw","raw":"` + strings.Repeat("x", 10*maxRepeated/answers) + `"}`,
		"headers": `"url":"https://a.example/","header":[` + many(10*maxRepeated/answers/fieldSize, `{"key":"a"}`) + `]`,
		"path":    `"url":{"raw":"https://a.example/","variable":[` + many(10*maxRepeated/answers/fieldSize, `{"key":"a"}`) + `]}`,
	} {
		flows, errs, _ := readAll(`{"info":{"schema":"https://schema.getpostman.com/json/collection/v2.1.0/collection.json"},"item":[` +
			`{"request":{"method":"POST",` + request + `},"response":[` + many(answers, `{"code":200}`) + `]}]}`)
		if n := len(flows); n < answers/20 || n > answers/9 || len(errs) != answers-n || !errors.Is(errs[0], exchange.ErrTooLarge) {
			t.Errorf("repeated %s: %d flows and %d errors", name, n, len(errs))
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(shop)
	f.Fuzz(func(t *testing.T, text string) {
		for fl, err := range Read(strings.NewReader(text), Config{}).Flows() {
			if err == nil && (fl.Request.Method == "" || fl.Request.Authority == "" || fl.Response == nil) {
				t.Fatalf("a flow without a request or response: %+v", fl)
			}
		}
	})
}

// TestVariables checks that values of the caller come before those of the collection and count for
// variables without one, that the caller gives the time, and that the form of Postman's API is read.
func TestVariables(t *testing.T) {
	const text = `{"collection": {"info": {"schema": "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"},
	 "variable": [{"key": "base", "value": "https://mock.example"}],
	 "item": [{"name": "a", "request": {"method": "GET", "url": "{{base}}/v{{version}}/a"}, "response": [{"code": 200}]}]}}`
	at := time.Unix(1e9, 0)
	for fl, err := range Read(strings.NewReader(text), Config{Time: at,
		Variables: map[string]string{"base": "https://shop.example", "version": "2"}}).Flows() {
		if err != nil || fl.Request.URL() != "https://shop.example/v2/a" || !fl.Started.Equal(at) {
			t.Errorf("%s at %s, %v", fl.Request.URL(), fl.Started, err)
		}
	}
	for _, err := range Read(strings.NewReader(text), Config{}).Flows() {
		if missing, ok := errors.AsType[*MissingError](err); !ok || missing.Name != "version" {
			t.Errorf("without values: %v", err)
		}
	}
}
