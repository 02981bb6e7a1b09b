package har_test

import (
	"fmt"
	"testing"
)

// TestReadAsterisk checks that OPTIONS of a server as a whole has its target back, and nothing else.
func TestReadAsterisk(t *testing.T) {
	for request, want := range map[string]string{"OPTIONS /*": "*", "OPTIONS /a": "/a", "OPTIONS /": "/", "GET /*": "/*"} {
		var method, path string
		fmt.Sscan(request, &method, &path)
		fs, err := read(archive(fmt.Sprintf(`{"method":%q,"url":"https://a.example%s"}`, method, path), "", ""))
		if err != nil || fs[0].Request.Path != want {
			t.Errorf("%s: %v, want %s", request, err, want)
		}
	}
}
