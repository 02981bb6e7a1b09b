package names_test

import (
	"testing"

	"github.com/spectap/spectap/flow/redact/names"
)

func TestCanKeepText(t *testing.T) {
	for name, want := range map[string]bool{"status": true, "event_type": true, "author_association": true,
		"visibility": true, "nameType": true,
		"name": false, "user_name": false, "userName": false, "names": false, "login": false,
		"loginCount": false, "email": false, "billing_email": false,
		"contactEmails": false, "token": false, "tokenType": false, "authToken": false, "mypassword": false,
		"api_key": false, "APIKey": false,
		"secretValue": false, "user": false, "createdBy": false, "IPs": false, "": true, "_": true, "state-": true} {
		t.Run(name, func(t *testing.T) {
			if got := names.CanKeepText(name); got != want {
				t.Errorf("got %v", got)
			}
		})
	}
}

// TestIsMetadata checks which names below a secret one are not those of secrets themselves.
func TestIsMetadata(t *testing.T) {
	for name, want := range map[string]bool{
		"type": true, "expires_at": true, "id": true, "value": false, "current": false, "password": false, "x": false,
		"state": false, // that of OAuth
	} {
		if got := names.IsMetadata(name); got != want {
			t.Errorf("%s: %t", name, got)
		}
	}
}
