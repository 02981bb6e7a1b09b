package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/desktop/browser"
)

const waitForPage = `await page.waitForResponse((r) => r.url().includes("/api/seen/")); await browser.close()`

// browserClients are programs that start browsers, as tests do. The path of Chromium and the page
// are their arguments.
var browserClients = []struct {
	name, file, text string
	installed        bool   // by npm, in the folder that nodeModules names
	needs            string // other programs
}{
	{"spawn of Node.js", "spawn.mjs", `import { spawn } from "node:child_process"
import { mkdtempSync } from "node:fs"
const c = spawn(process.argv[2], ["--headless", "--no-sandbox", "--remote-debugging-port=0", "--disable-features=Translate",
  "--user-data-dir=" + mkdtempSync(process.env.TMPDIR + "/profile-"), process.argv[3]], { detached: true, stdio: "ignore" })
process.stdin.on("data", () => {}).on("end", () => process.kill(-c.pid))
c.on("exit", () => process.exit())`, false, ""},
	{"a shell", "page.sh", `"$(basename "$1")" --headless --no-sandbox --user-data-dir="$TMPDIR/profile" "$2" >/dev/null 2>&1 & read -r line; kill $!; wait $!`, false, ""},
	{"playwright-core", "playwright.cjs", `const { chromium } = require("playwright-core");
(async () => { const browser = await chromium.launch({ executablePath: process.argv[2], chromiumSandbox: false }), page = await browser.newPage()
page.goto(process.argv[3]); ` + waitForPage + ` })()`, true, ""},
	{"puppeteer-core", "puppeteer.cjs", `const puppeteer = require("puppeteer-core");
(async () => { const browser = await puppeteer.launch({ executablePath: process.argv[2], args: ["--no-sandbox"] }), page = await browser.newPage()
page.goto(process.argv[3]); ` + waitForPage + ` })()`, true, ""},
	{"Firefox of Node.js", "firefox.mjs", `import { spawn } from "node:child_process"
import { mkdtempSync } from "node:fs"
const c = spawn("firefox", ["--headless", "--no-remote", "--profile", mkdtempSync(process.env.TMPDIR + "/profile-"), process.argv[3]],
  { detached: true, stdio: "ignore" })
process.stdin.on("data", () => {}).on("end", () => process.kill(-c.pid))
c.on("exit", () => process.exit())`, false, "firefox certutil"},
	{"puppeteer-core with Firefox", "puppeteer.cjs", `const puppeteer = require("puppeteer-core"), { execSync } = require("child_process");
(async () => { const executablePath = execSync("command -v firefox").toString().trim()
const browser = await puppeteer.launch({ browser: "firefox", executablePath }), page = await browser.newPage()
page.goto(process.argv[3]).catch(() => {}); ` + waitForPage + ` })()`, true, "firefox certutil"},
}

// nodeModules names the folder with the programs of make consumers.
const nodeModules = "SPECTAP_NODE_MODULES"

// TestRunBrowsers checks that a browser is recorded which a program of spectap run starts, over
// HTTPS and at loopback addresses, and that nothing of the browser's own is.
func TestRunBrowsers(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	path, err := browser.Find("chromium")
	if err != nil {
		t.Skip(err)
	}
	for _, tt := range browserClients {
		t.Run(tt.name, func(t *testing.T) {
			for _, program := range strings.Fields(tt.needs) {
				if _, err := exec.LookPath(program); err != nil {
					t.Skip(err)
				}
			}
			if tt.installed && os.Getenv(nodeModules) == "" {
				t.Skip("make consumers runs this")
			}
			// Chromium ends at once if the path of a socket in TMPDIR has more than 107 bytes.
			dir := must(os.MkdirTemp("/tmp", "run"))
			t.Cleanup(func() { os.RemoveAll(dir) })
			shop := newShop(t)
			program, script := "node", filepath.Join(dir, tt.file)
			if strings.HasSuffix(tt.file, ".sh") {
				program = "sh"
			}
			noError(t, os.WriteFile(script, []byte(tt.text), 0o600))
			db := filepath.Join(dir, "flows.db")
			c := browserCommand(t, dir)
			c.Args = append(c.Args[:1], "run", "--ca-dir", filepath.Join(dir, "ca"), "--upstream-ca", shop.upstreamCA, "--db", db, "--tag", "checkout",
				"-o", filepath.Join(dir, "api.yaml"), "--", program, script, path, shop.site.URL+"/")
			c.Env = append(os.Environ(), "TMPDIR="+dir, "HOME="+dir, "NODE_PATH="+os.Getenv(nodeModules))
			testRunBrowser(t, c, shop, db)
		})
	}
}

func testRunBrowser(t *testing.T, c *exec.Cmd, shop *shop, db string) {
	t.Helper()
	var stderr bytes.Buffer
	c.Stderr = &stderr
	in := must(c.StdinPipe())
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	defer context.AfterFunc(ctx, func() { c.Process.Kill() })()
	noError(t, c.Start())
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	select {
	case <-shop.done:
		in.Close() // ends clients that have no way to wait
		<-ended
	case err := <-ended:
		t.Fatalf("the program ended before the page was loaded: %v; stderr %s", err, stderr.String())
	}
	checkShopFlows(t, db, shop, "") // a browser that is killed may leave a handshake
	if t.Failed() {
		t.Log(stderr.String())
	}
}
