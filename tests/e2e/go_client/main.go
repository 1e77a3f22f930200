// Command buyer buys tickets the whole way, with nothing but what protoc made of the published contract, and prints as
// JSON what it was told: order, seats, what a second look says, what a stream pushed meanwhile, and how one confirmation
// that had to be refused, because nothing was paid yet, was refused.
//
// It waits for events within one overall limit and never retries. What goes wrong is one line on stderr and exit code 1.
package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	common "tacorush.invalid/buyer/contract/common/v1"
	gateway "tacorush.invalid/buyer/contract/gateway/v1"
	payment "tacorush.invalid/buyer/contract/payment/v1"
	reservation "tacorush.invalid/buyer/contract/reservation/v1"
)

// pause is what lies between two looks at something that is not ready yet.
const pause = 20 * time.Millisecond

// refusal is how a call was told no: the code inside the message, or a status with its detail.
type refusal struct {
	Status string `json:"status"`
	Code   string `json:"code"`
	Text   string `json:"text"`
}

// bought is what the program prints.
type bought struct {
	ReservationID string   `json:"reservation_id"`
	OrderID       string   `json:"order_id"`
	Seats         []string `json:"seats"`
	Paid          int64    `json:"paid"`
	Read          struct {
		OrderID string   `json:"order_id"`
		Status  string   `json:"status"`
		Seats   []string `json:"seats"`
	} `json:"read"`
	Updates []string `json:"updates"`
	Unpaid  refusal  `json:"unpaid"`
}

// buyer is one person with a connection to every service.
type buyer struct {
	user, event  string
	queue        gateway.QueueServiceClient
	inventory    reservation.InventoryServiceClient
	reservations reservation.ReservationServiceClient
	payments     payment.PaymentServiceClient
	updates      gateway.WebSocketServiceClient
}

// answer is any response of the contract that can carry a business failure.
type answer interface{ GetError() *common.Error }

// told turns a failure inside an answer into an error that names the call.
func told(call string, got answer, err error) error {
	if err != nil {
		return fmt.Errorf("%s: %w", call, err)
	}
	if failure := got.GetError(); failure != nil {
		return fmt.Errorf("%s: %s inside the message: %s", call, failure.Code, failure.Message)
	}
	return nil
}

// key is a fresh UUIDv4, as every write wants one.
func key() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// until looks again and again, until there is what is waited for, something fails or the time is over.
func until(ctx context.Context, look func() (bool, error)) error {
	for {
		if there, err := look(); there || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
	}
}

func ids(seats []*common.Seat) []string {
	names := make([]string, 0, len(seats))
	for _, seat := range seats {
		names = append(names, seat.Id)
	}
	return names
}

// admitted stands in line until there is a reservation token.
func (b *buyer) admitted(ctx context.Context) (string, error) {
	joined, err := b.queue.JoinQueue(ctx, &gateway.JoinQueueRequest{EventId: b.event, UserId: b.user})
	if err := told("JoinQueue", joined, err); err != nil {
		return "", err
	}
	token := ""
	err = until(ctx, func() (bool, error) {
		seen, err := b.queue.GetQueueStatus(ctx, &gateway.GetQueueStatusRequest{WaitingToken: joined.WaitingToken})
		if err := told("GetQueueStatus", seen, err); err != nil || !seen.AdmissionReady {
			return false, err
		}
		let, err := b.queue.RequestAdmission(ctx, &gateway.RequestAdmissionRequest{
			WaitingToken: joined.WaitingToken, EventId: b.event, UserId: b.user,
		})
		if err := told("RequestAdmission", let, err); err != nil {
			return false, err
		}
		token = let.ReservationToken
		return let.Admission == gateway.AdmissionStatus_ADMISSION_STATUS_GRANTED, nil
	})
	return token, err
}

// held looks what is free and reserves exactly those seats.
func (b *buyer) held(ctx context.Context, token string, quantity int32) (*reservation.CreateReservationResponse, error) {
	free, err := b.inventory.CheckAvailability(ctx, &reservation.CheckAvailabilityRequest{
		EventId: b.event, Quantity: quantity,
	})
	if err := told("CheckAvailability", free, err); err != nil {
		return nil, err
	}
	if len(free.AvailableSeats) < int(quantity) {
		return nil, fmt.Errorf("CheckAvailability: %d of %d seats listed", len(free.AvailableSeats), quantity)
	}
	made, err := b.reservations.CreateReservation(ctx, &reservation.CreateReservationRequest{
		EventId: b.event, UserId: b.user, ReservationToken: token, IdempotencyKey: key(),
		SeatIds: ids(free.AvailableSeats[:quantity]), Quantity: quantity,
	})
	return made, told("CreateReservation", made, err)
}

func (b *buyer) confirm(ctx context.Context, held, intent string) (*reservation.ConfirmReservationResponse, error) {
	return b.reservations.ConfirmReservation(ctx, &reservation.ConfirmReservationRequest{
		ReservationId: held, PaymentIntentId: intent, UserId: b.user, IdempotencyKey: key(),
	})
}

// refused confirms what is not paid yet, and returns how that was told no.
func (b *buyer) refused(ctx context.Context, held, intent string) (refusal, error) {
	got, err := b.confirm(ctx, held, intent)
	if err != nil {
		state := status.Convert(err)
		code, text, _ := strings.Cut(state.Message(), ": ")
		return refusal{state.Code().String(), code, text}, nil
	}
	if got.Error == nil {
		return refusal{}, errors.New("ConfirmReservation: an order without a payment")
	}
	code := strings.TrimPrefix(got.Error.Code.String(), "ERROR_CODE_")
	return refusal{"OK", code, got.Error.Message}, nil
}

func (b *buyer) intent(ctx context.Context, made *reservation.CreateReservationResponse) (string, error) {
	intent, err := b.payments.CreatePaymentIntent(ctx, &payment.CreatePaymentIntentRequest{
		ReservationId: made.ReservationId, Amount: made.TotalAmount, UserId: b.user, IdempotencyKey: key(),
		Method: payment.PaymentMethod_PAYMENT_METHOD_CREDIT_CARD, Scenario: payment.PaymentScenario_PAYMENT_SCENARIO_APPROVE,
	})
	if err := told("CreatePaymentIntent", intent, err); err != nil {
		return "", err
	}
	return intent.PaymentIntentId, nil
}

// pay pays with a test card and waits for the payment to settle; it returns what was paid.
func (b *buyer) pay(ctx context.Context, intent string) (int64, error) {
	method := payment.PaymentMethod_PAYMENT_METHOD_CREDIT_CARD
	processed, err := b.payments.ProcessPayment(ctx, &payment.ProcessPaymentRequest{
		PaymentIntentId: intent, IdempotencyKey: key(),
		PaymentDetails: &payment.PaymentDetails{Method: method, CreditCard: &payment.CreditCardDetails{
			CardNumber: "4111111111111111", ExpiryMonth: "12", ExpiryYear: "2030", CardholderName: "TEST", Cvv: "123",
		}},
	})
	if err := told("ProcessPayment", processed, err); err != nil {
		return 0, err
	}
	paid := int64(0)
	err = until(ctx, func() (bool, error) {
		seen, err := b.payments.GetPaymentStatus(ctx, &payment.GetPaymentStatusRequest{PaymentIntentId: intent, UserId: b.user})
		if err := told("GetPaymentStatus", seen, err); err != nil {
			return false, err
		}
		switch seen.Payment.GetStatus() {
		case payment.PaymentStatus_PAYMENT_STATUS_COMPLETED:
			paid = seen.Payment.Amount.GetAmount()
			return true, nil
		case payment.PaymentStatus_PAYMENT_STATUS_PENDING, payment.PaymentStatus_PAYMENT_STATUS_PROCESSING:
			return false, nil
		default:
			return false, fmt.Errorf("GetPaymentStatus: the payment became %s", seen.Payment.GetStatus())
		}
	})
	return paid, err
}

// watch opens the stream of the buyer's reservations; once it returns, no change can be missed.
func (b *buyer) watch(ctx context.Context) (grpc.ServerStreamingClient[gateway.StreamReservationUpdatesResponse], error) {
	stream, err := b.updates.StreamReservationUpdates(ctx, &gateway.StreamReservationUpdatesRequest{UserId: b.user})
	if err != nil {
		return nil, fmt.Errorf("StreamReservationUpdates: %w", err)
	}
	if _, err = stream.Header(); err != nil {
		return nil, fmt.Errorf("StreamReservationUpdates: no headers: %w", err)
	}
	return stream, nil
}

// pushed reads the stream up to the confirmation of one reservation, and returns the kinds of what came.
func pushed(stream grpc.ServerStreamingClient[gateway.StreamReservationUpdatesResponse], held string) ([]string, error) {
	kinds := []string{}
	for {
		got, err := stream.Recv()
		if err != nil {
			return nil, fmt.Errorf("StreamReservationUpdates, after %v: %w", kinds, err)
		}
		update := got.GetReservationUpdate()
		if update.GetReservationId() != held {
			return nil, fmt.Errorf("StreamReservationUpdates: %q is not %q", update.GetReservationId(), held)
		}
		kinds = append(kinds, strings.TrimPrefix(update.EventType.String(), "RESERVATION_EVENT_TYPE_"))
		if update.EventType == gateway.ReservationEventType_RESERVATION_EVENT_TYPE_CONFIRMED {
			return kinds, nil
		}
	}
}

// buy goes the whole way.
func (b *buyer) buy(ctx context.Context, quantity int32) (*bought, error) {
	result := &bought{}
	stream, err := b.watch(ctx)
	if err != nil {
		return nil, err
	}
	token, err := b.admitted(ctx)
	if err != nil {
		return nil, err
	}
	made, err := b.held(ctx, token, quantity)
	if err != nil {
		return nil, err
	}
	result.ReservationID = made.ReservationId
	intent, err := b.intent(ctx, made)
	if err != nil {
		return nil, err
	}
	if result.Unpaid, err = b.refused(ctx, made.ReservationId, intent); err != nil {
		return nil, err
	}
	if result.Paid, err = b.pay(ctx, intent); err != nil {
		return nil, err
	}
	confirmed, err := b.confirm(ctx, made.ReservationId, intent)
	if err := told("ConfirmReservation", confirmed, err); err != nil {
		return nil, err
	}
	result.OrderID, result.Seats = confirmed.OrderId, ids(confirmed.ConfirmedSeats)
	if result.Updates, err = pushed(stream, made.ReservationId); err != nil {
		return nil, err
	}
	return result, b.read(ctx, result)
}

// read looks the reservation up once more.
func (b *buyer) read(ctx context.Context, result *bought) error {
	got, err := b.reservations.GetReservation(ctx, &reservation.GetReservationRequest{
		ReservationId: result.ReservationID, UserId: b.user,
	})
	if err := told("GetReservation", got, err); err != nil {
		return err
	}
	result.Read.OrderID = got.Reservation.GetOrderId()
	result.Read.Status = strings.TrimPrefix(got.Reservation.GetStatus().String(), "RESERVATION_STATUS_")
	result.Read.Seats = ids(got.Reservation.GetSeats())
	return nil
}

func run() error {
	address := flag.String("address", "", "`HOST:PORT` that serves every service, plaintext")
	event := flag.String("event", "evt_2025_1001", "`ID` of the event")
	user := flag.String("user", "gopher", "`ID` of the buyer")
	quantity := flag.Int("quantity", 2, "how many seats")
	limit := flag.Duration("limit", time.Minute, "how long it may take in all")
	flag.Parse()

	ctx, cancel := context.WithTimeout(context.Background(), *limit)
	defer cancel()
	connection, err := grpc.NewClient(*address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return err
	}
	defer connection.Close()
	person := &buyer{
		user: *user, event: *event,
		queue:        gateway.NewQueueServiceClient(connection),
		inventory:    reservation.NewInventoryServiceClient(connection),
		reservations: reservation.NewReservationServiceClient(connection),
		payments:     payment.NewPaymentServiceClient(connection),
		updates:      gateway.NewWebSocketServiceClient(connection),
	}
	result, err := person.buy(ctx, int32(*quantity))
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(result)
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintf(os.Stderr, "buyer: %v\n", err)
		os.Exit(1)
	}
}
