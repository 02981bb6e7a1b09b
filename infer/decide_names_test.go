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
