package infer_test

import (
	"bytes"
	"context"
	"testing"

	"pgregory.net/rapid"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/build"
	"github.com/spectap/spectap/openapi/check"
)

// sound holds the second law: every flow with an operation in the document validates against it.
func sound(t interface {
	Fatal(...any)
	Errorf(string, ...any)
}, fs []flow.Flow, version string) {
	soundDocument(t, modelOf(fs).Document(infer.Options{}), fs, version)
}

// soundDocument holds that law for the document of flows.
func soundDocument(t interface {
	Fatal(...any)
	Errorf(string, ...any)
}, d infer.Document, fs []flow.Flow, version string) {
	doc := must.Get(build.Document(d, build.Options{Version: version}))
	var b bytes.Buffer
	if err := openapi.Encode(&b, doc, openapi.YAML); err != nil { // check the file that people get
		t.Fatal(err)
	}
	doc = must.Get(openapi.Load(b.Bytes()))
	c := must.Get(check.New(doc, check.Config{}))
	for i := range fs {
		if infer.Noise(&fs[i], false) != "" {
			continue
		}
		for _, m := range c.Check(context.Background(), &fs[i]).Mismatches {
			if m.Rule == check.RuleMalformed { // such flows are excluded
				continue
			}
			t.Errorf("OpenAPI %s: flow %d, %s %s: %s at %s: %s",
				version, i, m.Method, m.Path, m.Rule, m.Where, m.Message)
		}
	}
}

func TestSound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sound(t, flows(t), rapid.SampledFrom([]string{"3.0", "3.1"}).Draw(t, "version"))
	})
}

func TestSoundShop(t *testing.T) {
	soundBoth(t, shop(t))
}
