package check_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/infer/schema"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/build"
	"github.com/spectap/spectap/openapi/check"
	"github.com/spectap/spectap/openapi/internal/openapitest"
	"github.com/spectap/spectap/openapi/router"
)

// randomValue generates a value that the schema admits. ok is false if it cannot make one.
func randomValue(t *rapid.T, d *infer.Document, s *schema.Schema, depth int) (any, bool) {
	if s == nil {
		return "anything", true
	}
	if s.Nullable && rapid.IntRange(0, 3).Draw(t, "null") == 0 {
		return nil, true
	}
	switch {
	case depth > 12:
		return nil, false
	case s.Ref != "":
		for _, c := range d.Components {
			if c.Name == s.Ref {
				return randomValue(t, d, c.Schema, depth+1)
			}
		}
	case len(s.AnyOf) > 0:
		return randomValue(t, d, rapid.SampledFrom(s.AnyOf).Draw(t, "alternative"), depth+1)
	case len(s.OneOf) > 0:
		m := rapid.SampledFrom(s.Discriminator.Mapping).Draw(t, "mapping")
		v, ok := randomValue(t, d, &schema.Schema{Ref: m.Ref}, depth+1)
		o, is := v.(map[string]any)
		for _, c := range d.Components {
			ok = ok && (c.Name != m.Ref || c.Schema.Additional == nil)
		}
		if !ok || !is || o[s.Discriminator.Property] != nil {
			return nil, false
		}
		o[s.Discriminator.Property] = m.Value
		return o, true
	}
	var present []schema.Kind
	kinds := []schema.Kind{schema.Object, schema.Array, schema.String, schema.Number, schema.Integer, schema.Boolean}
	for _, k := range kinds {
		if s.Kind&k != 0 {
			present = append(present, k)
		}
	}
	if len(present) == 0 {
		return 1, true
	}
	return randomOfKind(t, d, s, rapid.SampledFrom(present).Draw(t, "type"), depth)
}

func randomOfKind(t *rapid.T, d *infer.Document, s *schema.Schema, kind schema.Kind, depth int) (any, bool) {
	switch kind {
	case schema.Boolean:
		return rapid.Bool().Draw(t, "bool"), true
	case schema.Integer:
		if s.Format == "int32" {
			return rapid.Int32().Draw(t, "int32"), true
		}
		return rapid.Int64().Draw(t, "int64"), true
	case schema.Number:
		return rapid.Float64Range(-1e6, 1e6).Draw(t, "float"), true
	case schema.String:
		if s.Enum != nil {
			return rapid.SampledFrom(s.Enum).Draw(t, "enum"), true
		}
		if v, ok := map[string]string{"date-time": "2026-01-02T03:04:05Z", "date": "2026-01-02", "uuid": "123e4567-e89b-12d3-a456-426614174000",
			"email": "a@b.c", "uri": "https://a/b"}[s.Format]; ok {
			return v, true
		}
		return openapitest.Text.Draw(t, "text"), true
	case schema.Array:
		out := []any{}
		for i := range rapid.IntRange(0, 3).Draw(t, "length") {
			item := s.Items
			if i < len(s.Prefix) {
				item = s.Prefix[i]
			} else if len(s.Prefix) > 0 && s.Items == nil {
				break
			}
			v, ok := randomValue(t, d, item, depth+1)
			if !ok {
				return nil, false
			}
			out = append(out, v)
		}
		return out, true
	}
	out := map[string]any{}
	for _, p := range s.Properties {
		if !p.Required && rapid.Bool().Draw(t, "absent") {
			continue
		}
		v, ok := randomValue(t, d, p.Schema, depth+1)
		if !ok {
			return nil, false
		}
		out[p.Name] = v
	}
	return out, true
}

// TestCheckSound checks that flows made from a document violate nothing in it, in both versions.
func TestCheckSound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := openapitest.Document(t)
		var checkers []*check.Checker
		for _, v := range []string{"3.0", "3.1"} {
			doc := openapitest.Must(build.Document(d, build.Options{Version: v}))
			back := openapitest.Must(openapi.Load(openapitest.Encode(t, doc, openapi.YAML)))
			c := openapitest.Must(check.New(back, check.Config{}))
			checkers = append(checkers, c)
		}
		for _, op := range d.Operations {
			for _, r := range op.Responses {
				x := exchange{method: op.Method, url: d.Servers[0] + op.Path, status: r.Status}
				for _, n := range router.TemplateNames(op.Path) {
					x.url = strings.Replace(x.url, "{"+n+"}", "v", 1)
				}
				if op.Request != nil {
					v, ok := randomValue(t, &d, op.Request.Content[0].Schema, 0)
					if !ok {
						continue
					}
					x.kind, x.body = "application/json", jsonText(t, v)
				}
				if len(r.Content) > 0 && r.Content[0].Type == "application/json" {
					v, ok := randomValue(t, &d, r.Content[0].Schema, 0)
					if !ok {
						continue
					}
					x.answerKind, x.answer = "application/json", jsonText(t, v)
				}
				f := x.flow(t)
				q := url.Values{}
				for _, p := range op.Params {
					if v, ok := randomValue(t, &d, p.Schema, 0); ok && p.In == infer.InQuery && p.Style == "" {
						if s, ok := v.(string); ok && s == "" {
							continue
						}
						q.Set(p.Name, fmt.Sprint(v))
						if v == nil {
							q.Set(p.Name, "null")
						}
					}
				}
				f.Request.RawQuery = q.Encode()
				for i, c := range checkers {
					res := c.Check(context.Background(), f)
					for _, m := range res.Mismatches {
						if m.Rule != check.RuleParamRequired && !strings.HasPrefix(m.Where, "query ") {
							t.Fatalf("checker %d: %+v\nrequest %s\nanswer %s", i, m, x.body, x.answer)
						}
					}
				}
			}
		}
	})
}

func jsonText(t *rapid.T, v any) string {
	b := openapitest.Must(json.Marshal(v))
	return string(b)
}

// FuzzCheck checks that no flow makes the checker panic or report an incomplete mismatch.
func FuzzCheck(f *testing.F) {
	doc, err := openapi.Load([]byte(openapitest.Shop))
	if err != nil {
		f.Fatal(err)
	}
	c, err := check.New(doc, check.Config{})
	if err != nil {
		f.Fatal(err)
	}
	f.Add("/v1/items", "limit=1&filter[min]=2", "application/json", []byte(`{"id":1e999999999}`))
	f.Add("/v1/items/1", "", "application/x-www-form-urlencoded", []byte("a[b][]=1&size[w]=2&tags=3"))
	f.Add("/v1/items", "", "multipart/form-data; boundary=x", []byte("--x\r\nContent-Disposition: form-data; name=\"n\"\r\n\r\n1\r\n--x--\r\n"))
	f.Add("/v1/pets", "", "text/event-stream", []byte("data: {}\n\n"))
	f.Fuzz(func(t *testing.T, path, query, kind string, body []byte) {
		for _, method := range []string{"GET", "POST"} {
			h := flow.Header{{Name: "Content-Type", Value: kind}}
			b := flow.Body{Data: body, Size: int64(len(body))}
			res := c.Check(context.Background(), &flow.Flow{
				Request:  flow.Request{Method: method, Authority: "shop.example.com", Path: path, RawQuery: query, Header: h, Body: b},
				Response: &flow.Response{Status: 200, Header: h, Body: b},
			})
			for _, m := range res.Mismatches {
				if m.Rule == "" || m.Where == "" || m.Message == "" {
					t.Fatalf("%+v", m)
				}
			}
		}
	})
}

// TestCheckConcurrent uses one checker from several goroutines, which compile the same schemas.
func TestCheckConcurrent(t *testing.T) {
	doc := openapitest.Must(openapi.Load([]byte(openapitest.Shop)))
	c, err := check.New(doc, check.Config{AnyHost: true})
	if err != nil {
		t.Fatal(err)
	}
	x := exchange{method: "GET", url: "https://other.example.com/v1/items/5?no=1", status: 200, answerKind: "application/json", answer: `{"id":1.5,"parent":{"id":"x"}}`}
	want := c.Check(context.Background(), x.flow(t)).Mismatches
	c, err = check.New(doc, check.Config{AnyHost: true})
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for range 8 {
		f := x.flow(t)
		all.Go(func() {
			for range 20 {
				if got := c.Check(context.Background(), f).Mismatches; !slices.Equal(got, want) {
					t.Errorf("got %v, want %v", got, want)
				}
			}
		})
	}
	all.Wait()
	if len(want) < 4 {
		t.Errorf("found %v", want)
	}
}
