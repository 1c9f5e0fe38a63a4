"""What is said of a photo that a visitor chose: why it cannot be used, what may go wrong with it.

Errors by `PhotoError`'s keys and a few of the route's own, warnings by `inversion.WARNINGS`.
"""

KO = {
    "photo_error_empty": "빈 파일이에요. 다른 사진을 골라 주세요.",
    "photo_error_too_large": "파일이 {limit} MB를 넘어요. 더 작은 사진을 골라 주세요.",
    "photo_error_too_many_pixels": (
        "사진이 너무 커서 열 수 없어요. 가로세로를 줄여서 다시 올려 주세요."
    ),
    "photo_error_not_a_picture": "사진 파일이 아니에요. JPEG, PNG, WebP, HEIC 사진을 골라 주세요.",
    "photo_error_truncated": "파일이 망가졌거나 중간에 끊겼어요. 원본을 다시 올려 주세요.",
    "photo_error_unsupported": "열 수 없는 형식이에요. JPEG나 PNG로 저장해서 올려 주세요.",
    "photo_error_no_face": "얼굴을 찾지 못했어요. 네모를 얼굴에 직접 맞춰 주세요.",
    "photo_error_no_such_face": "고른 얼굴을 찾지 못했어요. 얼굴을 다시 골라 주세요.",
    "photo_error_bad_crop": "네모가 사진에서 너무 벗어났어요. 얼굴에 다시 맞춰 주세요.",
    "photo_error_busy": "지금 들어온 사진이 많아요. 잠시 뒤에 다시 올려 주세요.",
    "photo_error_cancelled": "그만뒀어요. 사진은 남지 않았어요.",
    "photo_error_missing_part": (
        "지금 쓰는 모델로는 사진을 읽을 수 없어요. 평균 얼굴이나 지어낸 얼굴로 시작해 주세요."
    ),
    "photo_error_bad_request": "사진을 받지 못했어요. 페이지를 새로 열고 다시 올려 주세요.",
    "photo_error_failed": "사진에서 얼굴을 만들지 못했어요. 다시 올려 주세요.",
    "photo_warning_simple_detector": (
        "간단한 방법으로 얼굴을 찾았어요. 어긋나 보이면 네모를 직접 맞춰 주세요."
    ),
    "photo_warning_several_faces": "얼굴이 여럿이에요. 다른 얼굴을 쓰려면 사진에서 골라 주세요.",
    "photo_warning_profile": "고개를 돌린 얼굴이라 덜 닮을 수 있어요.",
    "photo_warning_tiny": "얼굴이 작게 찍혀서 덜 닮을 수 있어요.",
    "photo_warning_dark": "사진이 어두워서 덜 닮을 수 있어요.",
    "photo_warning_bright": "사진이 너무 밝아서 덜 닮을 수 있어요.",
    "photo_warning_blurred": "사진이 흐려서 덜 닮을 수 있어요.",
    "photo_warning_covered": "얼굴이 가려져 있어서 덜 닮을 수 있어요.",
    "photo_warning_far_from_photo": (
        "사진과 꽤 다르게 나왔어요. 네모를 맞추거나 다른 사진을 써 보세요."
    ),
}

EN = {
    "photo_error_empty": "This file is empty. Choose another photo.",
    "photo_error_too_large": "The file is over {limit} MB. Choose a smaller one.",
    "photo_error_too_many_pixels": "This picture is too large to open. Scale it down first.",
    "photo_error_not_a_picture": "That is no picture. JPEG, PNG, WebP and HEIC work.",
    "photo_error_truncated": "The file is damaged or cut off. Send the original again.",
    "photo_error_unsupported": "This format cannot be opened. Save it as JPEG or PNG.",
    "photo_error_no_face": "No face found. Place the square over it yourself.",
    "photo_error_no_such_face": "The face you picked was not found. Pick again.",
    "photo_error_bad_crop": "The square lies too far outside the photo. Place it over the face.",
    "photo_error_busy": "Many photos are coming in right now. Try again in a moment.",
    "photo_error_cancelled": "Stopped. Nothing of the photo was kept.",
    "photo_error_missing_part": (
        "The model in use cannot read photos. Start from an average or a made-up face."
    ),
    "photo_error_bad_request": "The photo did not get through. Reload the page and try again.",
    "photo_error_failed": "No face could be made from this photo. Try once more.",
    "photo_warning_simple_detector": (
        "The face was found by a simpler method. If the crop looks off, place the square yourself."
    ),
    "photo_warning_several_faces": (
        "There are several faces. Pick another in the photo if this is not the one."
    ),
    "photo_warning_profile": "The head is turned, so the likeness may suffer.",
    "photo_warning_tiny": "The face is small in the photo, so the likeness may suffer.",
    "photo_warning_dark": "The photo is dark, so the likeness may suffer.",
    "photo_warning_bright": "The photo is very bright, so the likeness may suffer.",
    "photo_warning_blurred": "The photo is blurred, so the likeness may suffer.",
    "photo_warning_covered": "Part of the face is covered, so the likeness may suffer.",
    "photo_warning_far_from_photo": (
        "This came out rather unlike the photo. Adjust the crop or use another one."
    ),
}
