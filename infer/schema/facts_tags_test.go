package schema

import "testing"

// TestDataKeys checks which names are data and which are part of a schema.
func TestDataKeys(t *testing.T) {
	for name, want := range map[string]bool{
		"GlobalIPv6Address": false, "SecondaryIPv6Addresses": false, "LinkLocalIPv6PrefixLen": false,
		"BridgeNfIp6tables":                    false,
		"current_user_authorizations_html_url": false, "line1": false, "x264_settings_preset": false,
		"6ba7b810-9dad-11d1-80b4-00c04fd430c8": true, "decadeed-beef-cafe-face-facadefacade": true, "decadeed-beef-cafe-face-facadefacad": false,
		"a@example.com": true, "2024-01-02": true,
		"kJ8sLqPz0aWxYvBn":     true,
		"fasjyydbcgwwc2uc9d1b": true, "01f3a9c2deadbeef": true,
	} {
		t.Run(name, func(t *testing.T) {
			if got := isDataKey([]byte(name)); got != want {
				t.Errorf("%s: data %v, want %v", name, got, want)
			}
		})
	}
}
