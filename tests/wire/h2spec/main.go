// Command h2spec_grpc runs the cases of h2spec against a gRPC server, with requests that are gRPC calls (spec/grpc.go
// says how they are made), and prints one JSON object: `cases`, a list of id, title, result (passed, failed, skipped),
// and what was expected and seen where it failed. What h2spec itself prints goes to stderr.
//
// The exit code is 0 when all cases ran, passed or not, 1 when they could not, and 2 for arguments it cannot use.
package main

import (
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/summerwind/h2spec/config"
	"github.com/summerwind/h2spec/generic"
	"github.com/summerwind/h2spec/hpack"
	"github.com/summerwind/h2spec/http2"
	"github.com/summerwind/h2spec/spec"
)

// outcome is one case, with `section/number` of h2spec as its id.
type outcome struct {
	ID       string   `json:"id"`
	Title    string   `json:"title"`
	Result   string   `json:"result"`
	Expected []string `json:"expected,omitempty"`
	Actual   string   `json:"actual,omitempty"`
}

func main() {
	address := flag.String("address", "", "host:port of the server, without TLS")
	path := flag.String("path", "/", "path of the method that is called")
	message := flag.String("message", "", "the request message, in hexadecimal digits (default: the empty one)")
	timeout := flag.Duration("timeout", 2*time.Second, "how long a case waits for an event")
	flag.Parse()
	settings, err := configured(*address, *path, *timeout, flag.Args())
	if err == nil {
		spec.Message, err = hex.DecodeString(*message)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "h2spec_grpc: %v\n", err)
		os.Exit(2)
	}
	results := os.Stdout
	os.Stdout = os.Stderr
	cases := []outcome{}
	for _, group := range []*spec.TestGroup{generic.Spec(), http2.Spec(), hpack.Spec()} {
		group.Test(settings)
		cases = append(cases, outcomes(group)...)
	}
	if err := json.NewEncoder(results).Encode(map[string][]outcome{"cases": cases}); err != nil {
		fmt.Fprintf(os.Stderr, "h2spec_grpc: %v\n", err)
		os.Exit(1)
	}
}

func configured(address, path string, timeout time.Duration, sections []string) (*config.Config, error) {
	host, digits, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("-address %q: %w", address, err)
	}
	port, err := strconv.Atoi(digits)
	if err != nil {
		return nil, fmt.Errorf("-address %q: %w", address, err)
	}
	return &config.Config{
		Host: host, Port: port, Path: path, Timeout: timeout, MaxHeaderLen: 4000, Sections: sections,
	}, nil
}

// outcomes lists the cases of a group and of those below it, as they ran.
func outcomes(group *spec.TestGroup) []outcome {
	listed := []outcome{}
	for _, test := range append(group.Tests, group.StrictTests...) {
		if test.Result != nil {
			listed = append(listed, outcomeOf(test))
		}
	}
	for _, below := range group.Groups {
		listed = append(listed, outcomes(below)...)
	}
	return listed
}

func outcomeOf(test *spec.TestCase) outcome {
	made := outcome{
		ID:     fmt.Sprintf("%s/%d", test.Parent.ID(), test.Result.Sequence),
		Title:  test.Desc,
		Result: "passed",
	}
	switch {
	case test.Result.Skipped:
		made.Result = "skipped"
	case test.Result.Failed:
		made.Result = "failed"
		made.Actual = test.Result.Error.Error()
		if told, ok := test.Result.Error.(*spec.TestError); ok {
			made.Expected, made.Actual = told.Expected, strings.TrimSpace(told.Actual)
		}
	}
	return made
}
