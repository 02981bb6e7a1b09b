package infer_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/infer"
)

// TestEncodedWordsInNames holds that names of operations are made of decoded path words.
func TestEncodedWordsInNames(t *testing.T) {
	d := modelOf(slices.Repeat([]flow.Flow{
		get("/caf%C3%A9-men%C3%BC", "", `{"a":1}`),
		get("/opening%20hours", "", `{"b":1}`),
		get("/broken%FF", "", `{"c":1}`),
	}, 2)).Document(infer.Options{})
	var got []string
	for _, op := range d.Operations {
		got = append(got, op.ID)
	}
	if want := []string{"getBrokenFf", "getCafeMenu", "getOpeningHours"}; !slices.Equal(got, want) {
		t.Errorf("ids %q, want %q", got, want)
	}
}

// TestVerbsAndKeysInNames holds that a verb behind a colon names its operation, and that a key in
// parentheses selects an item.
func TestVerbsAndKeysInNames(t *testing.T) {
	d := modelOf([]flow.Flow{
		get("/v1/keys/4711", "", `{"id":4711}`), get("/v1/keys/4712", "", `{"id":4712}`),
		post("/v1/keys/4711:rotate", `{"force":true}`, `{"id":4711}`),
		post("/v1/keys/4712:disable", `{"force":true}`, `{"id":4712}`),
		get("/v1/Plants(7)", "", `{"Name":"x"}`), get("/v1/Plants(8)/Owner", "", `{"City":"x"}`),
	}).Document(infer.Options{})
	var got []string
	for _, op := range d.Operations {
		got = append(got, op.ID+": "+op.Summary)
	}
	if want := []string{"getPlant: Get a plant", "getPlantOwner: Get the owner of a plant", "getKey: Get a key", "disableKey: Disable a key", "rotateKey: Rotate a key"}; !slices.Equal(got, want) {
		t.Errorf("names %q, want %q", got, want)
	}
}

// TestCallsOfLanguageModels holds that what language models are sent creates something, although all
// operations are POSTs, and that custom verbs are such if the level has others (google.aip.dev/136).
func TestCallsOfLanguageModels(t *testing.T) {
	const model, sent = "/v1beta/models/", `{"contents":[{"parts":[{"text":"hello"}]}]}`
	for name, x := range map[string]struct {
		flows []flow.Flow
		want  []string
	}{
		"collections": {
			[]flow.Flow{
				post("/v1/chat/completions", `{"messages":[{"role":"user"}]}`, `{"id":"c1","choices":[{"index":0}]}`),
				post("/v1/embeddings", `{"input":"x"}`, `{"data":[{"index":0}]}`), post("/v1/moderations", `{"input":"x"}`, `{"results":[{"flagged":false}]}`),
				post("/v1/responses", `{"input":"x"}`, `{"output":[{"type":"message"}]}`), post("/v1/audio/speech", `{"input":"x"}`, `{"a":1}`),
			},
			[]string{"createAudioSpeech", "createChatCompletion", "createEmbedding", "createModeration", "createResponse"},
		},
		"custom verbs": {
			[]flow.Flow{
				post(model+"gemini-2.0-flash:generateContent", sent, `{"candidates":[{"finishReason":"STOP"}]}`),
				post(model+"gemini-1.5-pro:generateContent", sent, `{"candidates":[{"finishReason":"STOP"}]}`),
				post(model+"gemini-1.5-pro:countTokens", sent, `{"totalTokens":4}`),
				post(model+"text-embedding-004:embedContent", sent, `{"embedding":{"values":[0.1]}}`),
			},
			[]string{"countModelTokens", "embedModelContent", "generateModelContent"},
		},
	} {
		var got []string
		for _, op := range modelOf(x.flows).Document(infer.Options{}).Operations {
			got = append(got, op.ID)
		}
		if !slices.Equal(got, x.want) {
			t.Errorf("%s: %q, want %q", name, got, x.want)
		}
	}
}

// TestComponentsBelowItems holds that the records of a list below an item are named after the list,
// unless its noun only qualifies the collection before it.
func TestComponentsBelowItems(t *testing.T) {
	d := modelOf([]flow.Flow{
		get("/harbors/17/telemetry", "", `[{"gauge":"a","level":1,"unit":"m"}]`),
		get("/harbors/18/config", "", `[{"key":"a","changed":true,"by":"ann"}]`),
		get("/harbors/18/ships/public", "", `[{"hull":"a","mast":2,"crew":3}]`),
		get("/harbors", "", `[{"id":17,"city":"Kiel","depth":3}]`), get("/harbors/17", "", `{"id":17,"city":"Kiel","depth":3}`),
	}).Document(infer.Options{})
	var got []string
	for _, c := range d.Components {
		got = append(got, c.Name)
	}
	if want := []string{"Harbor", "HarborConfig", "Ship", "Telemetry"}; !slices.Equal(got, want) {
		t.Errorf("components %q, want %q", got, want)
	}
}

// TestComponentsOfActions holds that what only actions on an item answer is not that item, that the
// root and parts alike are named after what they belong to, and a read after what it gets.
func TestComponentsOfActions(t *testing.T) {
	const session = `{"record":{"id":"a","mail":"b","born":"c"},"token":"x"}`
	const sizes = `{"sizes":{"small":{"w":1,"h":2,"d":3},"large":{"w":1,"h":2,"d":3},"raw":{"w":1,"h":2,"d":3}}}`
	d := modelOf([]flow.Flow{
		post("/crews/17/auth-refresh", `{}`, session), post("/crews/18/auth-with-password", `{"name":"a"}`, session),
		get("/crews/17", "", `{"id":17,"city":"Kiel","depth":3}`), get("/crews/18", "", `{"id":18,"city":"Bonn","depth":4}`),
		post("/crews/17/hire", `{"wage":1,"from":"may","to":"june"}`, `{"id":17,"city":"Kiel","depth":3}`),
		get("/", "", `{"motd":"x","version":"2","up":true}`), get("/pictures/1", "", sizes), get("/pictures/2", "", sizes),
	}).Document(infer.Options{})
	var got []string
	for _, c := range d.Components {
		got = append(got, c.Name)
	}
	if want := []string{"Crew", "CrewAuth", "CrewHireRequest", "Root", "Size"}; !slices.Equal(got, want) {
		t.Errorf("components %q, want %q", got, want)
	}
}

// TestNamesOfLists holds that a read is named as a list if its answer is one, or is an object with
// one list and the path has items.
func TestNamesOfLists(t *testing.T) {
	for _, tt := range []struct {
		name, answer string
		items        bool
		want         string
	}{
		{"a list", `[{"id":1}]`, false, "listStock"},
		{"an object", `{"id":1}`, true, "getStock"},
		{"an object with a list, and items", `{"total":1,"rows":[{"id":1}]}`, true, "listStock"},
		{"an object with a list", `{"total":1,"rows":[{"id":1}]}`, false, "getStock"},
		{"an object with two lists, and items", `{"rows":[{"id":1}],"columns":[{"title":"a"}]}`, true, "getStock"},
		{"a list within an object, and items", `{"page":{"rows":[{"id":1}]}}`, true, "listStock"},
		{"no JSON, and items", ``, true, "getStock"},
	} {
		fs := []flow.Flow{get("/stock", "", tt.answer), get("/boats/7", "", `{"id":7}`)}
		if tt.items {
			fs = append(fs, get("/stock/7f1e2d3c-0000-4000-8000-000000000001", "", `{"id":1}`))
		}
		if id := operation(t, modelOf(fs).Document(infer.Options{}), "GET", "/stock").ID; id != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, id, tt.want)
		}
	}
	const item = `{"id":1,"name":"x","ranks":["a"],"titles":["b"]}`
	d := modelOf([]flow.Flow{get("/rooms/5/members", "", item), get("/rooms/6/members", "", item)}).Document(infer.Options{})
	if id := d.Operations[0].ID; id != "getRoomMembers" {
		t.Errorf("an item with lists: %s", id)
	}
}

// TestNamesOfSwitches holds that a PUT sets a switch if its body says nothing, and that it replaces a
// record otherwise.
func TestNamesOfSwitches(t *testing.T) {
	for _, tt := range []struct{ mediaType, body, want string }{
		{"", "", "lockThing"},
		{"application/json", `{}`, "lockThing"},
		{"application/json", `{"level":1}`, "replaceThingLock"},
		{"application/json", `"high"`, "replaceThingLock"},
		{"text/plain", "high", "replaceThingLock"},
		{"application/json", `{"00000000-0000-4000-8000-00000000000%[1]d":1,"00000000-0000-4000-8000-00000000001%[1]d":2}`, "replaceThingLock"}, // a map
	} {
		var fs []flow.Flow
		for i := range 9 {
			body := tt.body
			if strings.Contains(body, "%") {
				body = fmt.Sprintf(body, i)
			}
			fs = append(fs, call("PUT", fmt.Sprintf("/things/%d/lock", i), 204, tt.mediaType, body, "", ""))
		}
		op := operation(t, modelOf(fs).Document(infer.Options{}), "PUT", "/things/{thingId}/lock")
		if op.ID != tt.want {
			t.Errorf("%s %s: %s, want %s", tt.mediaType, tt.body, op.ID, tt.want)
		}
		if isMap := strings.Contains(tt.body, "%"); isMap && op.Request.Content[0].Schema.Additional == nil {
			t.Errorf("%s is no map: %+v", tt.body, op.Request.Content[0].Schema)
		}
	}
}
