package noun

import (
	"strings"
	"testing"
)

// TestSplit checks words that are written together, and words that stay one.
func TestSplit(t *testing.T) {
	for s, want := range map[string]string{
		"mutatingwebhookconfigurations": "mutating webhook configurations", "serverfarms": "server farms",
		"appsettings": "app settings", "resourcegroups": "resource groups", "asyncoperations": "async operations",
		"streamingjobs": "streaming jobs", "trafficmanagerprofiles": "traffic manager profiles",
		"eventactions": "event actions", "pricelists": "price lists", "ratelimits": "rate limits", "endpointslices": "end point slices",
		"timelines": "", "downloads": "", "eventrule": "", "hotspots": "", "octocats": "", "troubleshooters": "trouble shooters",
		"stargazers": "", "configurations": "", "repositories": "", "kobamirentasvel": "", "": "",
		strings.Repeat("serverfarm", 99): "", "serverfarm": "", "metadataservers": "metadata servers", "foxhenpigdog": "fox hen pig dog",
		strings.Repeat("configurations", 3) + "server":  "configurations configurations configurations server",
		strings.Repeat("configurations", 3) + "servers": "",
	} {
		if got := strings.Join(SplitEnglish(s), " "); got != want {
			t.Errorf("%s: %q, want %q", s, got, want)
		}
	}
}
