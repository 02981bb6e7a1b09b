package main

import (
	"bufio"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spectap/spectap/certs"
)

// inCopy runs a script as root in a mount namespace in which the store of the system is a copy. The
// copy has no hooks that write to other folders.
const inCopy = `set -e
for d in /etc/ssl/certs /usr/local/share/ca-certificates; do
	t=$(mktemp -d -p "$TMP"); mount -t tmpfs none "$t"; cp -a "$d/." "$t/"; mount --bind "$t" "$d"
done
if test -d /etc/ca-certificates/update.d; then mount -t tmpfs none /etc/ca-certificates/update.d; fi
set +e
`

// Tests with the store of the system: curl accepts certificates of the proxy while the CA is
// installed.
const trustStory = `
unset CURL_CA_BUNDLE SSL_CERT_FILE SSL_CERT_DIR
get() { curl -sS -o /dev/null -x "$PROXY" "$URL"; echo "curl: $?"; }
get
spectap ca install --only system; echo "install: $?"
get
spectap ca install --only system; echo "install: $?"
spectap ca uninstall --only system; echo "uninstall: $?"
get
spectap ca uninstall --only system; echo "uninstall: $?"
find /etc/ssl/certs /usr/local/share/ca-certificates -iname '*spectap*'
find /etc/ssl/certs -xtype l
ls "$CA"
mount --bind /bin/false "$(command -v update-ca-certificates)"
spectap ca install --only system 2>/dev/null | sed 's/spectap_local_CA[^ ]*/ANCHOR/g; s/[^ ]*ca.pem/CA/'
find /etc/ssl/certs /usr/local/share/ca-certificates -iname '*spectap*'
ls "$CA"
`

// TestSystemTrust checks with the trust store of the system that curl accepts certificates of the
// proxy while the CA is installed.
func TestSystemTrust(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	for _, tool := range []string{"unshare", "curl", "update-ca-certificates"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not installed", tool)
		}
	}
	if _, err := os.Stat("/usr/local/share/ca-certificates"); err != nil {
		t.Skip("not a Debian: ", err)
	}
	unshare := []string{"unshare", "-m"}
	if os.Geteuid() != 0 {
		unshare = []string{"unshare", "-r", "-m"}
	}
	if out, err := exec.Command(unshare[0], append(unshare[1:], "mount", "-t", "tmpfs", "none", "/tmp")...).CombinedOutput(); err != nil {
		t.Skipf("no mount namespace here: %v: %s", err, out)
	}
	tmp := t.TempDir()
	upstream := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "hello") }))
	defer upstream.Close()
	ca := filepath.Join(tmp, "data", "spectap", "ca")
	if _, _, err := certs.LoadOrCreate(ca); err != nil {
		t.Fatal(err)
	}
	proxy := startTrustProxy(t, tmp, ca, upstream)
	args := append(unshare[1:], "sh", "-c", inCopy+trustStory)
	cmd := exec.Command(unshare[0], args...)
	cmd.Env = append(os.Environ(), "TMP="+tmp, "HOME="+tmp, "XDG_DATA_HOME="+filepath.Join(tmp, "data"), "PROXY=http://"+proxy, "URL="+upstream.URL,
		"CA="+ca, "NO_PROXY=", "no_proxy=")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s%s", err, out, stderr.String())
	}
	const where = " /usr/local/share/ca-certificates\n"
	want := "curl: 60\nsystem  installed        " + where + "install: 0\ncurl: 0\nsystem  already installed" + where + "install: 0\n" +
		"system  removed          " + where + "uninstall: 0\ncurl: 60\nsystem  not installed    " + where + "uninstall: 0\nca.key\nca.pem\n" +
		// A tool that fails changes nothing.
		"system  failed           " + strings.TrimSuffix(where, "\n") + ": run update-ca-certificates: exit status 1\n" +
		"        try:              sudo cp CA /usr/local/share/ca-certificates/ANCHOR && sudo update-ca-certificates\nca.key\nca.pem\n"
	if string(out) != want {
		t.Errorf("got\n%swant\n%s%s", out, want, stderr.String())
	}
}

// startTrustProxy runs `spectap proxy` for the test and returns its address.
func startTrustProxy(t *testing.T, tmp, ca string, upstream *httptest.Server) string {
	t.Helper()
	root := filepath.Join(tmp, "upstream.pem")
	noError(t, os.WriteFile(root, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: upstream.Certificate().Raw}), 0o600))
	cmd := exec.Command("spectap", "proxy", "--listen", "127.0.0.1:0", "--ca-dir", ca, "--db", filepath.Join(tmp, "flows.db"), "--upstream-ca", root)
	stdout := must(cmd.StdoutPipe())
	noError(t, cmd.Start())
	t.Cleanup(func() {
		cmd.Process.Signal(os.Interrupt)
		cmd.Wait()
	})
	line := must(bufio.NewReader(stdout).ReadString('\n'))
	return strings.TrimSpace(strings.TrimPrefix(line, "listening on "))
}
