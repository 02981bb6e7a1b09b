package openapi_test

import (
	"fmt"
	"testing"

	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/openapi"
)

// TestParameters checks that parameters of an operation replace those of its path.
func TestParameters(t *testing.T) {
	doc := must.Get(openapi.Load([]byte(`{"openapi":"3.0.0","info":{"title":"t","version":"1"},"paths":{"/a":{
	 "parameters":[{"name":"p","in":"query","description":"item"},{"name":"q","in":"query"}],
	 "get":{"parameters":[{"name":"p","in":"query","description":"operation"},{"name":"p","in":"header"}],"responses":{}}}}}`)))
	item := doc.Paths.Value("/a")
	item.Get.Parameters = append(item.Get.Parameters, nil)
	var got []string
	for _, p := range openapi.Parameters(item, item.Get) {
		got = append(got, p.In+" "+p.Name+" "+p.Description)
	}
	if want := "[query p operation header p  query q ]"; fmt.Sprint(got) != want {
		t.Errorf("got %v, want %s", got, want)
	}
}
