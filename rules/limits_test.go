package rules

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"testing"

	"github.com/spectap/spectap/internal/test/must"
)

// TestWorkLimits checks that the searches of rules end soon, for any patterns and any number of
// them.
func TestWorkLimits(t *testing.T) {
	body := bytes.Repeat([]byte("a"), MaxBody)
	replace := func(id, pattern string) Rule {
		return Rule{ID: id, Action: ReplaceBody, SearchPattern: pattern, Value: "b", Phase: Request}
	}
	p, _ := table(t, replace("again", "(?:aaaaaaaaaaaaaaaa)(?:.*z)?")).Match("POST", "https://a.example/", nil)
	if got, changed, err := p.Request.Body(nil, http.Header{}, body, nil); changed != 0 || len(got) != len(body) || !errors.Is(err, ErrTooLarge) {
		t.Errorf("a rule that reads the rest again for each match: %d changed, %v", changed, err)
	}
	var many, urls []Rule
	for i := range maxRules {
		costly := replace(fmt.Sprint(i), "zz[a-y]{0,200}")
		costly.URLPattern = "zz[a-y]{0,200}"
		urls = append(urls, costly)
		costly.URLPattern = ""
		many = append(many, costly)
	}
	p, _ = table(t, many...).Match("POST", "https://a.example/", nil)
	if _, _, err := p.Request.Body(nil, http.Header{}, body, nil); !errors.Is(err, ErrTooLarge) {
		t.Errorf("a hundred costly rules: %v", err)
	}
	if _, skipped := table(t, urls...).Match("POST", "https://a.example/"+string(body), nil); skipped < maxRules/2 {
		t.Errorf("%d of %d costly patterns of URLs are skipped", skipped, maxRules)
	}
	data := must.Get(Encode(urls))
	var l Live
	must.Do(t, l.Load(data))
	if l.Match("POST", "https://a.example/"+string(body), nil); l.Counts().Skipped < maxRules/2 {
		t.Errorf("%d of %d costly patterns of URLs are counted as skipped", l.Counts().Skipped, maxRules)
	}
}
