package infer_test

import (
	"slices"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/infer"
)

// TestEncodedWordsInNames holds that names of operations are made of decoded path words.
func TestEncodedWordsInNames(t *testing.T) {
	d := modelOf([]flow.Flow{
		get("/caf%C3%A9/men%C3%BC-card", "", `{"a":1}`),
		get("/opening%20hours", "", `{"b":1}`),
		get("/broken%FF", "", `{"c":1}`),
	}).Document(infer.Options{})
	var got []string
	for _, op := range d.Operations {
		got = append(got, op.ID)
	}
	if want := []string{"getBrokenFf", "getCafeMenuCard", "getOpeningHours"}; !slices.Equal(got, want) {
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
