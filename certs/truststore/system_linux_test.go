package truststore

import (
	"encoding/pem"
	"os"
	"path/filepath"
	"testing"

	"github.com/spectap/spectap/internal/test/must"
)

// TestBundle checks that a certificate is found in a bundle with comments and other certificates.
func TestBundle(t *testing.T) {
	ours, other := newCertificate(t), newCertificate(t)
	encode := func(c Certificate) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}))
	}
	bundle := filepath.Join(t.TempDir(), "bundle.pem")
	s := system{[]string{bundle, filepath.Join(t.TempDir(), "none")}}
	for _, c := range []struct {
		name, data string
		some       bool
	}{
		{"other", "# Comment\n" + encode(other), false},
		{"ours and another", encode(other) + "\n# Ours\n" + encode(ours), true},
		{"damaged", encode(ours)[:100], false},
		{"empty", "", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			must.Do(t, os.WriteFile(bundle, []byte(c.data), 0o600))
			// The anchor is missing, so the certificate is installed in part at most.
			if some, all := s.installed(ours); some != c.some || all {
				t.Errorf("some %v, all %v", some, all)
			}
		})
	}
}
