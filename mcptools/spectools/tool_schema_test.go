package spectools

import (
	"fmt"
	"strings"
	"testing"

	"github.com/spectap/spectap/guard"
)

// TestExactBounds passes a valid value and its invalid neighbour to keywords with numbers beyond
// 2^53.
func TestExactBounds(t *testing.T) {
	a := newAPI(t)
	for _, x := range []struct{ schema, takes, refuses string }{
		{`{"type":"integer","maximum":9007199254740993}`, "9007199254740993", "9007199254740994"},
		{`{"type":"integer","minimum":9007199254740993}`, "9007199254740993", "9007199254740992"},
		{`{"type":"integer","maximum":9223372036854775807}`, "9223372036854775807", "9223372036854775808"},
		{`{"type":"integer","exclusiveMaximum":18446744073709551616}`, "18446744073709551615", "18446744073709551616"},
		{`{"type":"integer","exclusiveMinimum":-9007199254740993}`, "-9007199254740992", "-9007199254740993"},
		{`{"type":"integer","multipleOf":9007199254740993}`, "18014398509481986", "18014398509481984"},
		{`{"enum":[9007199254740993]}`, "9007199254740993", "9007199254740992"},
		{`{"const":12345678901234567890123}`, "12345678901234567890123", "12345678901234567890124"},
		{`{"type":"number","maximum":0.1234567890123456789}`, "0.1234567890123456789", "0.12345678901234568"},
	} {
		t.Run(x.schema, func(t *testing.T) {
			document := fmt.Sprintf(`{"openapi":"3.1.0","info":{"title":"t","version":"1"},"paths":{"/n":{"get":{"operationId":"n",
			 "parameters":[{"name":"v","in":"query","schema":%s}],"responses":{"200":{"description":"ok"}}}}}}`, x.schema)
			c := connect(t, newSet(t, document, Options{BaseURL: a.URL}), true)
			if r := call(t, c, "n", `{"v":`+x.takes+`}`); r.Type != "api_response" || a.last(t).URI != "/n?v="+x.takes {
				t.Errorf("%s: %v, sent %s", x.takes, r.Raw, a.last(t).URI)
			}
			if r := call(t, c, "n", `{"v":`+x.refuses+`}`); r.code() != codeValidation {
				t.Errorf("accepted %s", x.refuses)
			}
		})
	}
}

// TestUnknownTypes accepts any value for a type that JSON Schema does not have, with a note.
func TestUnknownTypes(t *testing.T) {
	a := newAPI(t)
	s := newSet(t, `{"openapi":"3.1.0","info":{"title":"t","version":"1"},"paths":{"/n":{"get":{"operationId":"n",
	 "parameters":[{"name":"v","in":"query","schema":{"type":"int"}},{"name":"w","in":"query","schema":{"type":["int","string"]}}],"responses":{"200":{"description":"ok"}}}}}}`,
		Options{BaseURL: a.URL})
	if r := call(t, connect(t, s, true), "n", `{"v":5,"w":6}`); r.Type != "api_response" || a.last(t).URI != "/n?v=5&w=6" {
		t.Errorf("%v", r.Raw)
	}
	if notes := fmt.Sprint(s.Notes()); !strings.Contains(notes, "type int is not a type of JSON Schema") {
		t.Errorf("notes %s", notes)
	}
}

// TestImpossibleMultipleOf accepts any number for a multipleOf that JSON Schema does not allow.
func TestImpossibleMultipleOf(t *testing.T) {
	a := newAPI(t)
	for _, bound := range []string{"0", "-2"} {
		c := connect(t, newSet(t, `{"openapi":"3.0.3","info":{"title":"t","version":"1"},"paths":{"/n":{"get":{"operationId":"n",
		 "parameters":[{"name":"v","in":"query","schema":{"type":"integer","multipleOf":`+bound+`}}],"responses":{"200":{"description":"ok"}}}}}}`,
			Options{BaseURL: a.URL}), true)
		if r := call(t, c, "n", `{"v":5}`); r.Type != "api_response" || a.last(t).URI != "/n?v=5" {
			t.Errorf("multipleOf %s: %v", bound, r.Raw)
		}
	}
}

// TestDiscriminator checks that the tag of a oneOf selects the alternative: by the mapping, whose
// entries are references or names, or by the name of the schema.
func TestDiscriminator(t *testing.T) {
	a := newAPI(t)
	s := newSet(t, `{"openapi":"3.0.3","info":{"title":"t","version":"1"},"paths":{"/pets":{"post":{"operationId":"n",
	 "requestBody":{"content":{"application/json":{"schema":{"oneOf":[{"$ref":"#/components/schemas/Cat"},{"$ref":"#/components/schemas/Dog"},{"$ref":"#/components/schemas/Fox"}],
	  "discriminator":{"propertyName":"kind","mapping":{"feline":"#/components/schemas/Cat","canine":"Dog"}}}}}},"responses":{"200":{"description":"ok"}}}}},
	 "components":{"schemas":{"Cat":{"type":"object"},"Dog":{"type":"object"},"Fox":{"type":"object"}}}}`,
		Options{BaseURL: a.URL, Policy: guard.Policy{NoConfirmDangerous: true}})
	c := connect(t, s, true)
	for kind, isValid := range map[string]bool{"feline": true, "canine": true, "Fox": true, "Cat": false, "Dog": false, "vulpine": false} {
		r := call(t, c, "n", `{"requestBody":{"kind":"`+kind+`"}}`)
		if isValid != (r.Type == "api_response") || !isValid && r.code() != codeValidation {
			t.Errorf("%s: %v", kind, r.Raw)
		}
	}
}

// TestDynamicRef resolves $dynamicRef within the document.
func TestDynamicRef(t *testing.T) {
	a := newAPI(t)
	s := newSet(t, `{"openapi":"3.1.0","info":{"title":"t","version":"1"},"paths":{"/n":{"post":{"operationId":"n",
	 "requestBody":{"content":{"application/json":{"schema":{"$ref":"#/components/schemas/Node"}}}},"responses":{"200":{"description":"ok"}}}}},
	 "components":{"schemas":{"Node":{"$dynamicAnchor":"node","type":"object","additionalProperties":false,"properties":{"kids":{"type":"array","items":{"$dynamicRef":"#node"}},"odd":{"$dynamicRef":"#nothing"}}}}}}`,
		Options{BaseURL: a.URL, Policy: guard.Policy{NoConfirmDangerous: true}})
	c := connect(t, s, true)
	if r := call(t, c, "n", `{"requestBody":{"kids":[{"kids":[{}]}],"odd":5}}`); r.Type != "api_response" {
		t.Errorf("%v", r.Raw)
	}
	if r := call(t, c, "n", `{"requestBody":{"kids":[{"kids":[{"no":1}]}]}}`); r.code() != codeValidation || r.details()["field"] != "requestBody.kids[0].kids[0].no" {
		t.Errorf("%v", r.Raw)
	}
	if notes := fmt.Sprint(s.Notes()); !strings.Contains(notes, "$dynamicRef #nothing") {
		t.Errorf("notes %s", notes)
	}
}

// TestAlwaysSentIsOptional leaves out members and parameters that all recorded requests had. Their
// descriptions say so, and no call is refused for lack of them.
func TestAlwaysSentIsOptional(t *testing.T) {
	a := newAPI(t)
	s := newSet(t, `{"openapi":"3.0.3","info":{"title":"t","version":"1"},"paths":{"/n":{"post":{"operationId":"n",
	 "parameters":[{"name":"v","in":"query","schema":{"type":"string"},"x-spectap-always-sent":9}],
	 "requestBody":{"required":true,"content":{"application/json":{"schema":{"type":"object","properties":{
	  "kind":{"type":"string","x-spectap-always-sent":12},"odd":{"type":"string","x-spectap-always-sent":"x"},
	  "of":{"allOf":[{"$ref":"#/components/schemas/Of"}],"x-spectap-always-sent":12}}}}}},"responses":{"200":{"description":"ok"}}}}},
	 "components":{"schemas":{"Of":{"type":"object","required":["id"],"properties":{"id":{"type":"integer"}}}}}}`,
		Options{BaseURL: a.URL, Policy: guard.Policy{NoConfirmDangerous: true}})
	c := connect(t, s, true)
	if r := call(t, c, "n", `{"requestBody":{"odd":"x"}}`); r.Type != "api_response" || a.last(t).URI != "/n" {
		t.Errorf("%v, sent %s", r.Raw, a.last(t).URI)
	}
	if r := call(t, c, "n", `{"requestBody":{"of":{}}}`); r.code() != codeValidation {
		t.Error("a required member of an optional one may be left out")
	}
	schema := string(s.Tools()[0].Tool.RawInputSchema)
	for text, want := range map[string]int{"all of 12 recorded requests had it": 2, "all of 9 recorded requests had it": 1} {
		if n := strings.Count(schema, text); n != want {
			t.Errorf("%q occurs %d times, want %d: %s", text, n, want, schema)
		}
	}
}
