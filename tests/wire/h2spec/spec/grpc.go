// The requests of h2spec's cases as gRPC calls: this file and the hooks of grpc.patch are all that the build step adds
// to h2spec's own `spec` package, in a copy outside the repository.
//
// A case speaks of "a request" and means a GET without a body, which a gRPC server rightly refuses before it looks at
// what the case is about. Here a request is a POST with gRPC's headers and one length-prefixed message. What a case
// breaks on purpose, it breaks as before: only well-formed openings get a body, and nothing is taken away.

package spec

import (
	"bytes"
	"encoding/binary"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// Message is the request message that every call carries, without its prefix; nil sends requests as h2spec has them.
var Message []byte

// plainBody is what h2spec's cases send as a body.
var plainBody = []byte("test")

// grpcHeaders makes a request's header list that of a gRPC call. Other lists stay.
func grpcHeaders(headers []hpack.HeaderField) []hpack.HeaderField {
	if Message == nil || !isRequest(headers) {
		return headers
	}
	made := make([]hpack.HeaderField, len(headers), len(headers)+2)
	copy(made, headers)
	for i, field := range made {
		if field.Name == ":method" && field.Value == "GET" {
			made[i].Value = "POST"
		}
	}
	return append(withField(made, "te", "trailers"), HeaderField("content-type", "application/grpc"))
}

// isRequest tells a request's list from trailers and from the rest of a split one. A pseudo-header that comes alone is
// one that a case misplaced among trailers.
func isRequest(headers []hpack.HeaderField) bool {
	for _, field := range headers {
		if field.IsPseudo() {
			return len(headers) > 1
		}
	}
	return false
}

// withField appends a field unless the case has set one of that name itself.
func withField(headers []hpack.HeaderField, name, value string) []hpack.HeaderField {
	for _, field := range headers {
		if field.Name == name {
			return headers
		}
	}
	return append(headers, HeaderField(name, value))
}

// grpcData is the prefixed message in place of h2spec's body; other bytes are what the case is about, and stay.
func grpcData(data []byte) []byte {
	if Message == nil || !bytes.Equal(data, plainBody) {
		return data
	}
	return prefixed()
}

func prefixed() []byte {
	made := make([]byte, 5, 5+len(Message))
	binary.BigEndian.PutUint32(made[1:], uint32(len(Message)))
	return append(made, Message...)
}

// writeHeaders sends the HEADERS frame of a case. One that opens a stream and would end it at once leaves the end to a
// DATA frame with the message. A block that goes on in CONTINUATION frames keeps its END_STREAM: no DATA may stand
// between, and a call without a message is answered, if with an error.
func (conn *Conn) writeHeaders(p http2.HeadersFrameParam) error {
	opens := !conn.opened[p.StreamID]
	conn.opened[p.StreamID] = true
	if Message == nil || !opens || !p.EndStream || !p.EndHeaders {
		return conn.framer.WriteHeaders(p)
	}
	p.EndStream = false
	if err := conn.framer.WriteHeaders(p); err != nil {
		return err
	}
	return conn.framer.WriteData(p.StreamID, true, prefixed())
}

// obey keeps to the size that the server allows for the encoder's table (RFC 7541, 4.2); h2spec takes the default to be
// every server's.
func (conn *Conn) obey(setting http2.Setting) {
	if Message != nil && setting.ID == http2.SettingHeaderTableSize {
		conn.encoder.SetMaxDynamicTableSizeLimit(setting.Val)
	}
}
