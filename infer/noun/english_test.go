package noun

import (
	"slices"
	"strings"
	"testing"
)

// TestIs checks words, their forms, compounds and texts that are no words.
func TestIs(t *testing.T) {
	for s, want := range map[string]bool{
		"": true, "a": true, "vpc": true, "user": true, "users": true, "searching": true, "stopped": true, "retries": true,
		"webhooks": true, "timezone": true, "billing": true, "undelete": true, "resync": true, "metadata": true,
		"code-scanning": true, "customFieldSettings": true, "quick_starts": true, "repositories": true, "zygote": false,
		"octocat": false, "vvmlwrkspc": false, "kobami": false, "my-kobami": false, "southcentralus": false, "aaaa": false,
		"zzzz": false, "unkobami": false, "salesinstructions": true, "findcitiesfromtext": true, "upcoming": true,
		"readiness": true, "kobamiinstructions": false, "geohen": false, "geohens": true, "tabl": false, "icer": false, "boxed": true,
		"metafox": true, "hennen": false, "serverfarm": false, "foxhenpigdogs": false, "planner": true, "planxer": false,
	} {
		t.Run(s, func(t *testing.T) {
			if got := IsEnglish(s); got != want {
				t.Errorf("got %t", got)
			}
		})
	}
}

// TestEnglishWords checks that the list is sorted, in lower case and without words that need not be there,
// and that each of its words is found.
func TestEnglishWords(t *testing.T) {
	list := strings.Fields(words)
	if !slices.IsSorted(list) || len(list) < 15000 || words != strings.Join(list, "\n")+"\n" {
		t.Fatalf("%d words, or not one sorted word on each line", len(list))
	}
	for _, w := range list {
		if !isListed(w) || w != strings.ToLower(w) {
			t.Errorf("%q is not found", w)
		}
	}
}
